"""What scikit-learn's SVC (libsvm) makes of whole sets: prints machines.csv. `python machines.py > machines.csv`

A line has the settings as an experiment writes them, then the number of support vectors, the sum of the pairs' dual objectives, and the
share of the samples that are right, all of them seen in training.
"""
import numpy as np
import sklearn
from sklearn.datasets import load_breast_cancer, load_digits, load_iris
from sklearn.metrics.pairwise import pairwise_kernels
from sklearn.svm import SVC

print(f"# scikit-learn {sklearn.__version__}, numpy {np.__version__}")
print("data,kernel,C,gamma,class-weights,n_support,dual_objective,accuracy")
standard = lambda x: np.divide(x - x.mean(0), x.std(0), out=np.zeros_like(x), where=x.std(0) > 0)
for name, load in [("iris", load_iris), ("breast-cancer", load_breast_cancer), ("digits", load_digits)]:
    set = load()
    x, y = standard(set.data.astype(float)), set.target
    k = y.max() + 1
    for kernel, c, gamma, weights in [
        ("linear", 1.0, "scale", "equal"),
        ("polynomial", 10.0, 0.1, "equal"),
        ("rbf", 1.0, "scale", "equal"),
        ("rbf", 0.1, 0.02, "balanced"),
        ("rbf", 5.0, "scale", [0.5] + [2.0] * (k - 1)),
    ]:
        factors = {"equal": None, "balanced": "balanced"}[weights] if isinstance(weights, str) else dict(enumerate(weights))
        m = SVC(C=c, kernel={"polynomial": "poly"}.get(kernel, kernel), gamma=gamma, degree=3, coef0=1.0, class_weight=factors, tol=1e-6)
        m.fit(x, y)
        metric = {"polynomial": "polynomial"}.get(kernel, kernel)
        asked = {"linear": {}, "polynomial": dict(gamma=m._gamma, degree=3, coef0=1.0), "rbf": dict(gamma=m._gamma)}[kernel]
        gram = pairwise_kernels(m.support_vectors_, metric=metric, **asked)
        starts, dual = np.concatenate([[0], np.cumsum(m.n_support_)]), 0.0
        for a in range(k):
            for b in range(a + 1, k):
                beta = np.zeros(len(m.support_))
                ra, rb = slice(starts[a], starts[a + 1]), slice(starts[b], starts[b + 1])
                beta[ra], beta[rb] = m.dual_coef_[b - 1, ra], m.dual_coef_[a, rb]
                dual += 0.5 * beta @ gram @ beta - np.abs(beta).sum()
        shown = " ".join(map(str, weights)) if isinstance(weights, list) else weights
        print(f"{name},{kernel},{c},{gamma},{shown},{len(m.support_)},{dual:.12g},{float(m.score(x, y))!r}")
