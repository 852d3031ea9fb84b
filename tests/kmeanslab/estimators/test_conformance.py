"""The estimators are scikit-learn's in all that scikit-learn tests."""

import os
import re
import subprocess
import sys
import warnings

import pytest
import sklearn.cluster
from sklearn.utils import estimator_checks

from kmeanslab.estimators import KMeans, MiniBatchKMeans
from kmeanslab.estimators.validation import InvalidParameter
from tests.conftest import ROOT

SMALL = {"n_clusters": 2, "n_init": 2, "max_iter": 5}    # as scikit-learn does
MODELS = [KMeans(**SMALL),
          MiniBatchKMeans(**SMALL, batch_size=10)]
WEIGHTS = "a start is drawn by weight: not by the same numbers as from copies"
EXPECTED = dict.fromkeys(["check_sample_weight_equivalence_on_dense_data",
                          "check_sample_weight_equivalence_on_sparse_data"],
                         WEIGHTS)
MORE = ["check_dataframe_column_names_consistency",
        "check_set_output_transform", "check_set_output_transform_pandas",
        "check_global_output_transform_pandas",
        "check_inplace_ensure_writeable",
        "check_transformer_get_feature_names_out",
        "check_transformer_get_feature_names_out_pandas",
        "check_get_feature_names_out_error"]


def by_name(model):
    """The name of an estimator's class."""
    return type(model).__name__


@pytest.mark.parametrize(
    "engine", [[], ["-p", "tests.kmeanslab.estimators.kernels_always"]],
    ids=["product", "kernels"])
def test_scikit_learns_own_tests_of_k_means_pass_with_our_estimators(engine):
    pytest.importorskip("sklearn.cluster.tests.test_k_means",
                        reason="scikit-learn came without its tests")
    if engine:
        pytest.importorskip("numba", reason="kernels need Numba")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-c", os.devnull,
         "-p", "tests.kmeanslab.estimators.sklearn_swap",
         "-p", "no:cacheprovider", *engine,
         "--pyargs", "sklearn.cluster.tests.test_k_means"],
        cwd=ROOT, text=True, capture_output=True,
        env={**os.environ, "SKLEARN_RUN_FLOAT32_TESTS": "1"})
    assert run.returncode == 0, run.stdout
    count = {what: int(number) for number, what in re.findall(
        r"(\d+) (\w+)", run.stdout.splitlines()[-1])}
    assert count["passed"] >= 250 and "skipped" not in count, run.stdout
    assert re.search(r"fits: \d{3,} ours, 0 theirs", run.stdout), run.stdout


@pytest.mark.parametrize("model", MODELS, ids=by_name)
def test_every_check_of_an_estimator_passes(model):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = estimator_checks.check_estimator(
            model, expected_failed_checks=EXPECTED)
    assert len(results) > 50
    failed = {result["check_name"] for result in results
              if result["status"] == "xfail"}
    assert failed <= set(EXPECTED)


@pytest.mark.parametrize("check", MORE)
@pytest.mark.parametrize("model", MODELS, ids=by_name)
def test_the_checks_of_names_and_tables_pass(model, check):
    if not hasattr(estimator_checks, check):
        pytest.skip("not in this version of scikit-learn")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        getattr(estimator_checks, check)(by_name(model), model)


@pytest.mark.parametrize("model", MODELS, ids=by_name)
def test_a_wrong_parameter_is_refused_wherever_scikit_learn_refuses_it(
        model, monkeypatch):
    """Its table of right values makes the wrong ones, its words are ours."""
    name = by_name(model)
    theirs = getattr(sklearn.cluster, name)._parameter_constraints
    monkeypatch.setattr(type(model), "_parameter_constraints", theirs,
                        raising=False)
    monkeypatch.setattr(estimator_checks, "InvalidParameterError",
                        InvalidParameter)
    estimator_checks.check_param_validation(name, model)
