"""What scikit-learn's Perceptron learns of iris, sample after sample in the file's order: prints perceptron.csv. `python perceptron.py > perceptron.csv`

Lines: `case,FIRST,SECOND` two classes of iris, then `row,LABEL,features…`, then `after,EPOCHS,intercept,coefficients…`.
"""
import numpy as np
import sklearn
from sklearn.datasets import load_iris
from sklearn.linear_model import Perceptron

iris = load_iris()
print(f"# scikit-learn {sklearn.__version__}, numpy {np.__version__}")
for first, second in [(0, 1), (1, 2)]:
    # Every third sample, the classes mixed by a stride that does not divide their number.
    rows = [i for i in range(0, 150, 3) if iris.target[i] in (first, second)]
    rows = [rows[7 * i % len(rows)] for i in range(len(rows))]
    x, y = iris.data[rows], (iris.target[rows] == second).astype(int)
    print(f"case,{first},{second}")
    for features, label in zip(x, y):
        print(f"row,{label}," + ",".join(map(repr, map(float, features))))
    for epochs in [1, 2, 10, 50]:
        m = Perceptron(penalty=None, eta0=1.0, shuffle=False, tol=None, max_iter=epochs).fit(x, y)
        print(f"after,{epochs}," + ",".join(repr(float(v)) for v in [m.intercept_[0], *m.coef_[0]]))
