"""What scikit-learn's SVC (libsvm) finds, and a QP solver in double precision: prints svm.csv. `python svm.py > svm.csv`

Lines: `data,NAME,n_features,n_classes`, then `row,LABEL,features…`; `case,DATA,kernel,gamma,degree,coef0,C,scheme,weights`, the scheme
`pairs` or `rest` (OneVsRestClassifier), the weights of the classes with spaces between or nothing; then `dual,…` the dual objective of each
machine, `support,…` row numbers, `class,…` and `decision,…` the classes and the values of each 7th row, machine by machine, positive for the
first class of a pair. Features are rounded, so that both sides read the same numbers.

libsvm keeps kernel values in single precision. So each dual is solved by cvxopt, too, and from the active set that it finds by one linear
system, and the optimality conditions of that are checked. Where libsvm is further than 5e-5 from these decision values, a line
`exact,…` stands for `decision,…`. From kernel values that are rounded to single precision the same way leads to libsvm's values:
the last lines tell how far libsvm is from both.
"""
import cvxopt
import numpy as np
import sklearn
from sklearn.datasets import load_breast_cancer, load_digits, load_iris
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import SVC

cvxopt.solvers.options.update(show_progress=False, abstol=1e-13, reltol=1e-13, feastol=1e-13, maxiters=300)
rng = np.random.default_rng(8)
iris, cancer, digits = load_iris(), load_breast_cancer(), load_digits()
x = cancer.data[:120]
small = digits.target < 5
noise = rng.normal(size=(80, 3))
labels = (noise[:, 0] * noise[:, 1] + 0.3 * rng.normal(size=80) > 0).astype(int)
grid = rng.integers(0, 3, size=(60, 2))
sets = {
    "iris": (iris.data, iris.target),
    "cancer": (np.round((x - x.mean(0)) / x.std(0), 3), cancer.target[:120]),
    "digits": (digits.data[small][:150] / 16, digits.target[small][:150]),
    "random": (np.round(noise, 3), labels),
    # Points of a grid, most of them many times and with different labels: equal votes and equal candidates.
    "ties": (grid.astype(float), (grid.sum(1) + rng.integers(0, 2, size=60)) % 3),
}
kernels = [("linear", 3, 0), ("poly", 2, 1), ("poly", 3, 1), ("rbf", 3, 0)]
three = [kernels[0], kernels[1], kernels[3]]
cases = [(name, kernel, c, "pairs", None) for name in ["iris", "cancer", "digits", "random"] for kernel in kernels for c in [0.1, 1, 10]]
cases += [("ties", kernel, 1, "pairs", None) for kernel in three]
cases += [(name, kernel, 1, "rest", None) for name in ["iris", "digits", "ties"] for kernel in three]
cases += [(name, kernel, 1, "pairs", weights) for name, weights in [("iris", [0.5, 2, 3]), ("random", [1, 0.25])] for kernel in three]
cases += [("iris", kernels[3], 1, "rest", [0.5, 2, 3])]
join = lambda values: ",".join(f"{v:.12g}" for v in values)


def gram(a, b, kernel, gamma, degree, coef0):
    if kernel == "linear":
        return a @ b.T
    if kernel == "poly":
        return (gamma * a @ b.T + coef0) ** degree
    return np.exp(-gamma * ((a[:, None] - b[None]) ** 2).sum(-1))


def solve(k, y, c):
    """beta and bias of the dual with the Gram matrix k, or None where they are not unique enough to be found exactly."""
    n, m = len(y), cvxopt.matrix
    box = m(np.r_[-np.eye(n), np.eye(n)]), m(np.r_[np.zeros(n), c])
    alpha = np.array(cvxopt.solvers.qp(m(k * np.outer(y, y)), m(-np.ones(n)), *box, m(y[None]), m(0.0))["x"])[:, 0]
    free = (alpha > 1e-6 * c) & (alpha < c * (1 - 1e-6))
    beta = np.where(free | (alpha < c / 2), 0, c) * y
    f = np.flatnonzero(free)
    system = np.block([[k[np.ix_(f, f)], np.ones((len(f), 1))], [np.ones((1, len(f))), np.zeros((1, 1))]])
    solution = np.linalg.lstsq(system, np.r_[y[f] - k[f] @ beta, -beta.sum()], rcond=1e-15)[0]
    beta[f] = solution[:-1]
    margin = y * (k @ beta + solution[-1])
    worst = max(0, (1 - margin)[np.abs(beta) < c].max(initial=0), (margin - 1)[beta != 0].max(initial=0))
    is_inside = (beta * y >= -1e-9).all() and (beta * y <= c + 1e-9).all()
    return (beta, solution[-1]) if worst < 1e-9 and is_inside and len(f) else None


print(f"# scikit-learn {sklearn.__version__}, numpy {np.__version__}, cvxopt {cvxopt.__version__}")
written, apart = None, {}
for name, (kernel, degree, coef0), c, scheme, weights in sorted(cases, key=lambda case: list(sets).index(case[0])):
    x, labels = sets[name]
    n_classes = labels.max() + 1
    if written != name:
        written = name
        print(f"data,{name},{x.shape[1]},{n_classes}")
        for row, label in zip(x, labels):
            print(f"row,{label},{join(row)}")
    svc = lambda weights: SVC(C=c, kernel=kernel, degree=degree, coef0=coef0, tol=1e-6, decision_function_shape="ovo", class_weight=weights)
    factors = np.ones(n_classes) if weights is None else np.array(weights)
    gamma = float(1 / (x.shape[1] * x.var()))
    some = x[::7]
    machines = []
    if scheme == "pairs":
        m = svc(None if weights is None else dict(enumerate(weights))).fit(x, labels)
        support, predicted, values = m.support_, m.predict(some), m.decision_function(some)
        # Of two classes scikit-learn turns the sign round.
        values = -values[:, None] if n_classes == 2 else values
        starts = np.concatenate([[0], np.cumsum(m.n_support_)])
        for a in range(n_classes):
            for b in range(a + 1, n_classes):
                beta = np.zeros(len(x))
                ra, rb = slice(starts[a], starts[a + 1]), slice(starts[b], starts[b + 1])
                beta[support[ra]], beta[support[rb]] = m.dual_coef_[b - 1, ra], m.dual_coef_[a, rb]
                machines.append((np.flatnonzero((labels == a) | (labels == b)), a, beta))
    elif weights is None:
        m = OneVsRestClassifier(svc(None)).fit(x, labels)
        support = np.unique(np.concatenate([e.support_ for e in m.estimators_]))
        predicted, values = m.predict(some), m.decision_function(some)
        for a, e in enumerate(m.estimators_):
            beta = np.zeros(len(x))
            beta[e.support_] = e.dual_coef_[0]
            machines.append((np.arange(len(x)), a, beta))
    else:
        # Weights of the classes, not of "one" and "the rest": as weights of samples, which SVC multiplies C by.
        estimators = [svc(None).fit(x, labels == a, sample_weight=factors[labels]) for a in range(n_classes)]
        support = np.unique(np.concatenate([e.support_ for e in estimators]))
        values = np.stack([e.decision_function(some) for e in estimators], 1)
        predicted = values.argmax(1)
        for a, e in enumerate(estimators):
            beta = np.zeros(len(x))
            beta[e.support_] = e.dual_coef_[0]
            machines.append((np.arange(len(x)), a, beta))
    k_all, k_some = gram(x, x, kernel, gamma, degree, coef0), gram(some, x, kernel, gamma, degree, coef0)
    duals = [0.5 * beta @ k_all @ beta - np.abs(beta).sum() for _, _, beta in machines]
    exact, rounded = [], []
    for rows, a, _ in machines:
        y = np.where(labels[rows] == a, 1.0, -1.0)
        for k, found in [(k_all, exact), (k_all.astype(np.float32).astype(float), rounded)]:
            solution = solve(k[np.ix_(rows, rows)], y, c * factors[labels[rows]])
            found.append(None if solution is None else k_some[:, rows] @ solution[0] + solution[1])
    distance = lambda found: [None if f is None else float(np.abs(f - values[:, k]).max()) for k, f in enumerate(found)]
    text = "" if weights is None else " ".join(map(str, weights))
    case = f"{name},{kernel},{gamma!r},{degree},{coef0},{c},{scheme},{text}"
    print("case," + case)
    print("dual," + join(duals))
    print("support," + join(sorted(support)))
    far = max((d for d in distance(exact) if d is not None), default=0)
    if far > 5e-5:
        assert all(f is not None for f in exact), case
        print("exact," + join(np.stack(exact, 1).ravel()))
        apart[case] = (far, max(d for d in distance(rounded) if d is not None))
    else:
        print("decision," + join(np.ravel(values)))
    print("class," + join(predicted))
for case, (far, near) in apart.items():
    print(f"# {case}: libsvm is {far:.1e} from the exact values, {near:.1e} from those of a rounded kernel")
