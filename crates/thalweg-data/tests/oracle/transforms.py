"""What scikit-learn and colorsys make of a small table: python transforms.py > transforms.json

Made with Python 3.11, numpy 2.4.6, scikit-learn 1.9.1.
"""

import colorsys
import json

import numpy as np
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler

rng = np.random.default_rng(11)
x = rng.standard_normal((30, 5)) @ rng.standard_normal((5, 5)) + np.arange(5)
x[:, 3] = 2.5  # a constant feature
n_train = 22
train = x[:n_train]


def fitted(transformer):
    return transformer.fit(train).transform(x).tolist()


pca = PCA(whiten=True, svd_solver="full").fit(train)
white = pca.transform(x)
# Our sign: the entry of each vector that is largest in size is positive.
white *= np.sign(pca.components_[np.arange(5), np.abs(pca.components_).argmax(axis=1)])
# The constant feature leaves a direction without variance, which scikit-learn scales by its smallest number.
white[:, pca.explained_variance_ < 1e-12 * pca.explained_variance_[0]] = 0.0

holes = x.copy()
holes[rng.random(x.shape) < 0.2] = np.nan
mean, median = (SimpleImputer(strategy=how).fit(holes[:n_train]).transform(holes).tolist() for how in ("mean", "median"))

codes = rng.integers(0, 4, (30, 2)).astype(float)
codes[25:, 0] = 9.0  # not seen in training
one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(codes[:n_train]).transform(codes).tolist()

rgb = rng.integers(0, 256, (60, 3)).tolist()
hls = [colorsys.rgb_to_hls(*(v / 255 for v in c)) for c in rgb]
hsl = [[360 * h, s, l] for h, l, s in hls]

print(
    json.dumps(
        {
            "n_train": n_train,
            "x": x.tolist(),
            "standardise": fitted(StandardScaler()),
            "min-max": fitted(MinMaxScaler()),
            "whiten": white.tolist(),
            "holes": [[None if np.isnan(v) else v for v in row] for row in holes.tolist()],
            "mean": mean,
            "median": median,
            "codes": codes.tolist(),
            "one-hot": one_hot,
            "rgb": rgb,
            "hsl": hsl,
        }
    )
)
