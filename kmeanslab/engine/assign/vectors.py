"""Numba's compiler, with two options that make our loops faster.

On Intel's processors LLVM fills only half of an AVX-512 register, as the first
of them lowered their clock for whole ones: our loops are long enough.  And it
cannot know that what a kernel writes never overlaps with its other arrays: it
would check that before each loop, which takes as long as a short one.
"""

from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import register_pass
from numba.core.lowering import Lower
from numba.core.typed_passes import NativeLowering

WIDTH = '"prefer-vector-width"="512"'    # of LLVM: bits, if there are as many


class WideLower(Lower):
    """Writes the code of a function, with the width that it asks for."""

    def pre_lower(self) -> None:
        super().pre_lower()
        # not its own `add`, which knows no such names
        set.add(self.function.attributes, WIDTH)


@register_pass(mutates_CFG=True, analysis_only=False)
class WideLowering(NativeLowering):
    """The pass that does so."""

    lowering_class = WideLower


class LoopCompiler(CompilerBase):
    """Numba's passes, with that one, for arrays that do not overlap."""

    def define_pipelines(self) -> list:
        self.state.flags.noalias = True
        passes = DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes.passes = [
            (WideLowering if kind is NativeLowering else kind, words)
            for kind, words in passes.passes]
        passes.finalize()
        return [passes]
