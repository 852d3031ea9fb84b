"""What the estimators' tests share."""
import numpy as np
import pytest

from kmeanslab.estimators import kmeans as kmeans_module, minibatch_kmeans
from tests.kmeanslab.estimators.models import ENGINES


@pytest.fixture(params=ENGINES)
def engine(request, monkeypatch):
    """Each method in turn that dense points may be worked on by."""
    right = kmeans_module.choose_method

    def always(X, k):
        return request.param if isinstance(X, np.ndarray) else right(X, k)

    for module in (kmeans_module, minibatch_kmeans):
        monkeypatch.setattr(module, "choose_method", always)
    return request.param
