"""What scikit-learn's LinearSVC (liblinear) finds for the hinge: prints linear_machines.csv. `python linear_machines.py > linear_machines.csv`

Lines: `data,NAME,n_features,n_classes`, then `row,LABEL,features…`; `case,DATA,C`, then `weights,…` class by class, `intercepts,…` and
`objective,…`, the sum over the classes of ½‖w‖² + ½b² + C·Σ max(0, 1 − y f): liblinear penalises the bias. Of two classes there is one machine,
positive for the second. Features are standardised and rounded, so that both sides read the same numbers.
"""
import numpy as np
import sklearn
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.svm import LinearSVC

join = lambda values: ",".join(f"{v:.17g}" for v in np.ravel(values))
print(f"# scikit-learn {sklearn.__version__}, numpy {np.__version__}")
for name, data in [("iris", load_iris()), ("cancer", load_breast_cancer())]:
    x, labels = np.round((data.data - data.data.mean(0)) / data.data.std(0), 3), data.target
    n_classes = labels.max() + 1
    print(f"data,{name},{x.shape[1]},{n_classes}")
    for row, label in zip(x, labels):
        print(f"row,{label}," + ",".join(f"{v:.12g}" for v in row))
    y = np.stack([np.where(labels == k, 1, -1) for k in ([1] if n_classes == 2 else range(n_classes))])
    for c in [0.1, 1, 10]:
        m = LinearSVC(loss="hinge", dual=True, C=c, tol=1e-8, max_iter=100_000_000, random_state=0).fit(x, labels)
        slack = np.maximum(0, 1 - y * (m.coef_ @ x.T + m.intercept_[:, None])).sum()
        objective = 0.5 * (m.coef_**2).sum() + 0.5 * (m.intercept_**2).sum() + c * slack
        print(f"case,{name},{c}")
        print("weights," + join(m.coef_))
        print("intercepts," + join(m.intercept_))
        print("objective," + join([objective]))
