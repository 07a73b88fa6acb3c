"""What scikit-learn's SVC (libsvm) finds: prints svm.csv. `python svm.py > svm.csv`

Lines: `data,NAME,n_features,n_classes`, then `row,LABEL,features…`; `case,DATA,kernel,gamma,degree,coef0,C`, then
`dual,…` the dual objective of each pair, `support,…` row numbers, `class,…` and `decision,…` the classes and the values of each 7th row, pair by pair,
positive for the pair's first class. Features are rounded, so that both sides read the same numbers.
"""
import numpy as np
import sklearn
from sklearn.datasets import load_breast_cancer, load_digits, load_iris
from sklearn.metrics.pairwise import pairwise_kernels
from sklearn.svm import SVC

rng = np.random.default_rng(8)
iris, cancer, digits = load_iris(), load_breast_cancer(), load_digits()
x = cancer.data[:120]
small = digits.target < 5
noise = rng.normal(size=(80, 3))
sets = {
    "iris": (iris.data, iris.target),
    "cancer": (np.round((x - x.mean(0)) / x.std(0), 3), cancer.target[:120]),
    "digits": (digits.data[small][:150] / 16, digits.target[small][:150]),
    "random": (np.round(noise, 3), (noise[:, 0] * noise[:, 1] + 0.3 * rng.normal(size=80) > 0).astype(int)),
}
join = lambda values: ",".join(f"{v:.12g}" for v in values)
print(f"# scikit-learn {sklearn.__version__}, numpy {np.__version__}")
for name, (x, labels) in sets.items():
    n_classes = labels.max() + 1
    print(f"data,{name},{x.shape[1]},{n_classes}")
    for row, label in zip(x, labels):
        print(f"row,{label},{join(row)}")
    for kernel, degree, coef0 in [("linear", 3, 0), ("poly", 2, 1), ("poly", 3, 1), ("rbf", 3, 0)]:
        for c in [0.1, 1, 10]:
            m = SVC(C=c, kernel=kernel, degree=degree, coef0=coef0, tol=1e-6, decision_function_shape="ovo").fit(x, labels)
            duals = []
            starts = np.concatenate([[0], np.cumsum(m.n_support_)])
            gram = {
                "linear": lambda: m.support_vectors_ @ m.support_vectors_.T,
                "poly": lambda: (m._gamma * m.support_vectors_ @ m.support_vectors_.T + coef0) ** degree,
                "rbf": lambda: pairwise_kernels(m.support_vectors_, metric="rbf", gamma=m._gamma),
            }[kernel]()
            for a in range(n_classes):
                for b in range(a + 1, n_classes):
                    beta = np.zeros(len(m.support_))
                    ra, rb = slice(starts[a], starts[a + 1]), slice(starts[b], starts[b + 1])
                    beta[ra], beta[rb] = m.dual_coef_[b - 1, ra], m.dual_coef_[a, rb]
                    duals.append(0.5 * beta @ gram @ beta - np.abs(beta).sum())
            values = m.decision_function(x[::7])
            # Of two classes scikit-learn turns the sign round.
            values = -values if n_classes == 2 else values
            print(f"case,{name},{kernel},{m._gamma!r},{degree},{coef0},{c}".replace("np.float64(", "").replace(")", ""))
            print("dual," + join(duals))
            print("support," + join(sorted(m.support_)))
            print("decision," + join(np.ravel(values)))
            print("class," + join(m.predict(x[::7])))
