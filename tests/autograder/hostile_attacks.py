"""Attacks and accidents, and what each of them deserves.

Each is the solution with something hostile in it. Equal numbers are variants
of one kind. The samples in hostile/ attack the sandbox itself more closely.

expected   shares of (import, euclidean_distance, mean_of_points,
           update_centroids, hidden case of euclidean_distance)
"""
import dataclasses

from tests.autograder.gradescope import SOLUTION


HONEST, WRONG, BROKEN = (1, 1, 1, 1, 1), (1, 0, 1, 1, 0), (0, 0, 0, 0, 0)
WRONG_MEAN = (1, 1, 0, 1, 1)
LEAK = "LEAK-2718281828"
SECRET = "SECRET-3141592653"


RIGHT = "    return math.dist(point1, point2)"
MEAN = "    return [sum(column) / len(list_of_points) for column in columns]"
UPDATE = "    return {name: mean_of_points(points)\n"


@dataclasses.dataclass(frozen=True)
class Attack:
    """Hostile code, where it stands, and what it deserves.

    place: "import" puts the code at the top of kmeans.py, "body" into
        euclidean_distance in place of its last line, "before" into it
        before that line, "update" into update_centroids, after breaking
        mean_of_points, "files" is path -> bytes for the folder
    """
    number: int
    title: str
    place: str
    code: object
    expected: tuple

    def files(self, paths):
        """Return the submission, path -> bytes."""
        if self.place == "files":
            return {**SOLUTION, **self.code}
        code = self.code.format(**paths)
        source = SOLUTION["kmeans.py"].decode()
        if self.place == "import":
            source = source.replace("import math\n", f"import math\n{code}\n")
        elif self.place == "update":
            code = "\n".join(f"    {line}" for line in code.splitlines())
            source = source.replace(MEAN, "    return None").replace(
                UPDATE, f"{code}\n{UPDATE}")
        else:
            code = "\n".join(f"    {line}" for line in code.splitlines())
            if self.place == "before":
                code += f"\n{RIGHT}"
            source = source.replace(RIGHT, code)
        return {**SOLUTION, "kmeans.py": source.encode()}


def attempt(code):
    """Return code that ignores its own exceptions."""
    lines = "\n".join(f"    {line}" for line in code.splitlines())
    return f"try:\n{lines}\nexcept Exception:\n    pass"


ATTACKS = [Attack(*row) for row in [
    (1, "returns a file of the grader", "body",
     'return open("{secret}").read()', WRONG),
    (1, "lists the grader's folder", "body",
     'import os\nreturn os.listdir("{source}")', WRONG),
    (2, "searches frames for what is expected", "body",
     "import sys\nframe, seen = sys._getframe(), []\nwhile frame:\n"
     "    seen.append(str(frame.f_locals)[:99])\n    frame = frame.f_back\n"
     "return seen", WRONG),
    (2, "searches all objects for a float", "body",
     "import gc\nreturn [o for o in gc.get_objects() if o == 5.0][:1]",
     WRONG),
    (3, "writes results.json", "import",
     attempt('open("{results}", "w").write("full marks")'), HONEST),
    (4, "appends to run_autograder", "import",
     attempt('open("{runner}", "a").write("rm -rf /")'), HONEST),
    (5, "ends the process as if all were well", "body",
     "import os\nos._exit(0)", WRONG),
    (5, "ends the process at import", "import", "import os\nos._exit(0)",
     BROKEN),
    (6, "sys.exit() at import", "import", "import sys\nsys.exit()", BROKEN),
    (6, "input() at import", "import", 'input("name? ")', BROKEN),
    (7, "endless loop that catches everything", "body",
     "while True:\n    try:\n        while True:\n            pass\n"
     "    except BaseException:\n        pass", WRONG),
    (8, "sleeps", "body", "import time\ntime.sleep(10 ** 6)", WRONG),
    (8, "waits for itself", "body",
     "import threading\nlock = threading.Lock()\nlock.acquire()\n"
     "lock.acquire()", WRONG),
    (9, "fork bomb", "body", "import os\nwhile True:\n    try:\n"
     "        os.fork()\n    except OSError:\n        pass", WRONG),
    (10, "memory bomb", "body", "x = [0]\nwhile True:\n    x = x + x",
     WRONG),
    (11, "floods its output", "body", 'while True:\n    print("x" * 9999)',
     WRONG),
    (11, "floods the disk", "before",
     attempt('open("big", "wb").write(b"x" * 10 ** 8)'), HONEST),
    (12, "leaves a daemon behind", "import",
     "import os, time\nif os.fork() == 0:\n    os.setsid()\n"
     "    if os.fork() == 0:\n        time.sleep(600)\n    os._exit(0)",
     HONEST),
    (13, "kills its parent", "before",
     attempt("import os\nos.kill(os.getppid(), 9)"), HONEST),
    (13, "traces its parent", "before",
     attempt("import ctypes, os\n"
             "ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0)"), HONEST),
    (14, "returns its parent's environment", "body",
     'import os\nreturn open("/proc/%d/environ" % os.getppid()).read()',
     WRONG),
    (14, "returns its parent's memory map", "body",
     'import os\nreturn open("/proc/%d/maps" % os.getppid()).read()',
     WRONG),
    (15, "deletes its own submission", "before",
     attempt("import os\nos.remove(__file__)"), HONEST),
    (15, "leaves files for the next check", "import",
     attempt('open("/tmp/left-behind-by-attack", "w").write("x")'), HONEST),
    (16, "returns an object equal to everything", "body",
     "class Any:\n    def __eq__(self, other):\n        return True\n"
     "return Any()", WRONG),
    (17, "returns a float that rounds to what is wanted", "body",
     "class Any(float):\n    def __eq__(self, other):\n        return True\n"
     "    def __sub__(self, other):\n        return 0.0\n"
     "    __rsub__ = __sub__\n    def __abs__(self):\n        return 0.0\n"
     "return Any(0.5)", WRONG),
    (18, "makes every comparison true", "import",
     "import builtins, unittest\nmath.isclose = lambda *a, **k: True\n"
     "builtins.all = lambda x: True\n"
     "unittest.TestCase.assertEqual = lambda *a: None", HONEST),
    (18, "makes every comparison true, and is wrong", "body",
     "import builtins\nmath.isclose = lambda *a, **k: True\n"
     "builtins.all = lambda x: True\nreturn 1.0", WRONG),
    (19, "writes a reply of its own", "body",
     "import os\nfor fd in range(3, 20):\n    try:\n        os.write(fd, "
     "b'{{\"ok\": true, \"score\": 100}}\\n')\n    except OSError:\n"
     "        pass\nos._exit(0)", WRONG),
    (20, "forgets return", "body", "math.dist(point1, point2)", WRONG),
    (21, "returns a generator without end", "body",
     "import itertools\nreturn itertools.count()", WRONG),
    (21, "returns a function", "body", "return math.dist", WRONG),
    (21, "returns an open file", "body", "return open(__file__)", WRONG),
    (22, "returns NaN", "body", 'return float("nan")', WRONG),
    (22, "returns infinity", "body", "return math.inf", WRONG),
    (23, "returns a number of 5000 digits", "body", "return 10 ** 5000",
     WRONG),
    (24, "returns a list 100,000 deep", "body",
     "x = []\nfor _ in range(10 ** 5):\n    x = [x]\nreturn x", WRONG),
    (24, "returns a list that holds itself", "body",
     "x = []\nx.append(x)\nreturn x", WRONG),
    (25, "returns a pickle bomb", "body",
     "import os\nclass Bomb:\n    def __reduce__(self):\n"
     '        return os.system, ("touch /tmp/left-behind-by-attack",)\n'
     "return Bomb()", WRONG),
    (26, "raises an error whose text loops", "body",
     "class Slow(Exception):\n    def __str__(self):\n"
     "        while True:\n            pass\nraise Slow()", WRONG),
    (27, "returns a web page", "body",
     'return "<script>alert(1)</script><h1>100 / 100</h1>"', WRONG),
    (28, "puts hidden inputs into its errors", "body",
     "raise ValueError([point1, point2])", WRONG),
    (28, "prints hidden inputs", "before", "print(point1, point2)", HONEST),
    (29, "opens a socket", "before",
     attempt('import socket\nsocket.create_connection(("127.0.0.1", 80))'),
     HONEST),
    (29, "returns whether it could open a socket", "body",
     "import socket\nsocket.socket()\nreturn 1", WRONG),
    (30, "asks for root", "before",
     attempt("import os\nos.setuid(0)"), HONEST),
    (30, "takes a namespace of its own", "before",
     attempt("import ctypes\nctypes.CDLL(None).unshare(0x10000000)"),
     HONEST),
    (32, "shadows the standard library", "files",
     {"random.py": b"1/0", "math.py": b"1/0", "json.py": b"1/0",
      "utils.py": b"1/0", "sitecustomize.py": b"1/0",
      "conftest.py": b"1/0"}, HONEST),
    (33, "brings settings for flake8", "files",
     {".flake8": b"[flake8:local-plugins]\nextension = X=kmeans:main\n",
      "setup.cfg": b"[flake8]\nignore = E,F,W\n"}, HONEST),
    (35, "breaks the parser", "files",
     {"kmeans.py": b"x = " + b"(" * 10 ** 5}, BROKEN),
    (35, "a sum too long for the compiler", "files",
     {"kmeans.py": b"x = " + b"-" * 90_000 + b"1"}, BROKEN),
    (36, "is not UTF-8", "files",
     {"kmeans.py": b"# caf\xe9\n" + SOLUTION["kmeans.py"]}, BROKEN),
    (36, "is UTF-16", "files",
     {"kmeans.py": SOLUTION["kmeans.py"].decode().encode("utf-16")},
     BROKEN),
    (36, "holds a NUL byte", "files",
     {"kmeans.py": SOLUTION["kmeans.py"] + b"\0"}, BROKEN),
    (36, "has Windows line ends and a byte-order mark", "files",
     {"kmeans.py": b"\xef\xbb\xbf" + SOLUTION["kmeans.py"].replace(
         b"\n", b"\r\n")}, HONEST),
    (37, "is far too large", "files",
     {"kmeans.py": SOLUTION["kmeans.py"] + b"#" * 10 ** 6}, BROKEN),
    (37, "brings a thousand files", "files",
     {f"more/{i}.txt": b"" for i in range(1000)}, HONEST),
    (38, "answers without end", "files",
     {"answers.txt": b"Question " * 20_000}, HONEST),
    (42, "walks the frames for a stand-in's code", "update",
     "import sys\nframe = sys._getframe()\nwhile frame:\n"
     "    print('" + LEAK + "', frame.f_locals)\n    frame = frame.f_back",
     WRONG_MEAN),
    (42, "disassembles the stand-in", "update",
     attempt("import inspect\nprint('" + LEAK + "', "
             "inspect.getsource(mean_of_points.__init__))"), WRONG_MEAN),
    (42, "raises what the stand-in returns", "update",
     "found = mean_of_points([[1], [2]])\n"
     "if found:\n    raise ValueError('" + LEAK + "', found)",
     (1, 1, 0, 0, 1)),
    (42, "asks the grader for hidden functions", "update",
     attempt("import gc\nfor o in gc.get_objects():\n"
             "    if type(o).__name__ == 'Questions':\n"
             "        print('" + LEAK + "', o.ask('accuracy', [], [], {{}}))"),
     WRONG_MEAN),
    (42, "asks the grader without end", "update",
     "while mean_of_points([[1]]):\n    pass", (1, 1, 0, 0, 1)),
    (42, "asks the grader for much work", "update",
     attempt("for _ in range(9):\n"
             "    mean_of_points([[0.5] * 100] * 100)"), WRONG_MEAN),
    (43, "reads the student's metadata", "body",
     'return open("{metadata}").read()', WRONG),
    (43, "lists the home of the grader", "body",
     "import os\nreturn [os.listdir(p) for p in ('/root', '/home')]", WRONG),
    (43, "searches the whole disk", "body",
     "import os\nfound = []\n"
     "for top in ('/tmp', '/home', '/root', '/var', '/srv', '/run', '/'):\n"
     "    for folder, _, names in os.walk(top):\n"
     "        for name in names[:50]:\n            try:\n"
     "                path = folder + '/' + name\n"
     "                if 'metadata' in name:\n"
     "                    found.append(open(path).read())\n"
     "            except OSError:\n                pass\n"
     "        if len(found) > 9 or folder.count('/') > 5:\n"
     "            break\nreturn found", WRONG),
    (43, "follows /proc to the files of the grader", "body",
     "import os\nreturn open('/proc/%d/root{metadata}' % os.getppid())"
     ".read()", WRONG),
    (43, "opens the metadata by a link of its own", "body",
     "import os\nos.symlink('{metadata}', 'link')\n"
     "return open('link').read()", WRONG),
    (43, "hands a metadata file to another program", "body",
     "import subprocess\nreturn subprocess.run(['cat', '{metadata}'], "
     "capture_output=True, text=True, check=True).stdout", WRONG),
    (44, "swaps a folder for a link while it is removed", "import",
     "import os\nif os.fork() == 0:\n    os.setsid()\n    while True:\n"
     "        try:\n            os.mkdir('swap')\n"
     "            os.rename('swap', 'gone')\n"
     "            os.symlink('{source}', 'swap')\n"
     "            os.remove('swap')\n            os.rmdir('gone')\n"
     "        except OSError:\n            pass", HONEST),
    (44, "leaves links to the grader's files", "before",
     attempt("import os\nos.symlink('{source}', 'results/x')\n"
             "os.symlink('{source}', '../temporary/x')"), HONEST),
    (45, "takes the folders of other users", "import",
     "import os\nfor uid in range(60000, 60100):\n" + "\n".join(
         "    " + line for line in attempt(
             "os.mkdir('/tmp/kmeans-check-%d' % uid)").splitlines())
     + "\n" + "\n".join(
         "    " + line for line in attempt(
             "os.mkdir('/run/kmeans-autograder/%d' % uid)").splitlines()),
     HONEST),
    (45, "locks the claims of other users", "import",
     "import fcntl\nfor uid in range(60000, 60100):\n" + "\n".join(
         "    " + line for line in attempt(
             "fcntl.flock(open('/run/kmeans-autograder/%d.lock' % uid, 'w'),"
             " 2)").splitlines()), HONEST),
    (47, "fills the memory with many processes", "body",
     "import os, time\nfor _ in range(8):\n    if os.fork() == 0:\n"
     "        x = bytearray(200_000_000)\n"
     "        x[::4096] = b'x' * len(x[::4096])\n        time.sleep(9)\n"
     "time.sleep(9)", WRONG),
    (47, "fills the disk with many files", "body",
     "for i in range(300):\n"
     "    open('results/%d' % i, 'wb').write(b'x' * 10 ** 6)\nreturn 1",
     WRONG),
    (47, "makes more files than there is room for", "body",
     "for i in range(10 ** 6):\n    open('results/%d' % i, 'w').close()",
     WRONG),
    (48, "returns a number too large for a float", "body",
     "return 10 ** 400", WRONG),
    (48, "returns a list of numbers too large for a float", "body",
     "return [10 ** 400, -10 ** 999]", WRONG),
    (48, "puts a huge number into its argument", "before",
     "point1.append(10 ** 400)\npoint1, point2 = point1[:-1], point2",
     HONEST),
    (48, "returns a dictionary with huge keys", "body",
     "return {{10 ** 900: 10 ** 900}}", WRONG),
    (49, "dies of hunger", "body",
     "x = []\nwhile True:\n    x.append(bytearray(10 ** 6))", WRONG),
    (49, "starves the interpreter", "import",
     "x = [bytearray(10 ** 6) for _ in range(430)]\n"
     "y = [[] for _ in range(10 ** 7)]", BROKEN),
    (50, "names with escape sequences", "files",
     {"\x1b[2J\x1b[31m.py": b"", "\udcff\udcfe": b"",
      "\u202etxt.exe": b""}, HONEST),
    (50, "prints escape sequences", "before",
     "print('\\x1b[2J\\x1b]0;owned\\x07')", HONEST),
    (50, "raises escape sequences", "body",
     "raise ValueError('\\x1b[2J\\x9b31m\\u202e')", WRONG),
    (51, "traces itself", "before",
     attempt("import ctypes\nctypes.CDLL(None).ptrace(0, 0, 0, 0)"), HONEST),
    (51, "shares memory with others", "body",
     "import mmap, os\nreturn os.memfd_create('x')", WRONG),
    (51, "changes users", "body",
     "import os\nos.setresuid(0, 0, 0)\nreturn 5.0", WRONG),
    (51, "watches files", "body",
     "import ctypes\nreturn ctypes.CDLL(None).inotify_init1(0) >= 0", WRONG),
    (40, "changes what it is given", "before",
     "point1.append(0), point2.append(0)", HONEST),
    (40, "remembers what it was asked before", "before",
     "global calls\ncalls = globals().get('calls', 0) + 1\n"
     "if calls > 1:\n    return 0.0", HONEST),
]]
