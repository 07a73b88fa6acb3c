"""The peers' side of `cargo xtask peers`: times what a user would pick instead of us, on the same training work.

    python train_peers.py digits sklearn|torch|jax [--fuse K] [--repeat N] --data digits.csv.gz
    python train_peers.py random sklearn|torch|jax [--fuse K] [--repeat N]

Work "digits": 64-32-10, ReLU, softmax cross-entropy, batch 32, momentum 0.9, L2, f32, 1437 samples, 30 epochs.
Work "random": 784-128-10, the same, batch 64, 60,000 samples of uniform pixels with random labels, 1 epoch.
One JSON line per run. Training only: imports, compilation and a first run are outside the clock, so is evaluation. One
thread; the caller pins the process. `--fuse K` (JAX) trains K learning rates at once under vmap; its time is per trial.
Steps are those really taken: the JAX loop drops an incomplete last batch, the others train it.
"""
import argparse, gzip, json, os, time, warnings

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
import numpy as np

args = argparse.ArgumentParser()
args.add_argument("work", choices=["digits", "random"])
args.add_argument("peer", choices=["sklearn", "torch", "jax"])
args.add_argument("--fuse", type=int, default=1)
args.add_argument("--repeat", type=int, default=1)
args.add_argument("--data")
args = args.parse_args()

draws = np.random.default_rng(0)
if args.work == "digits":
    table = np.loadtxt(gzip.open(args.data), delimiter=",", dtype=np.float32)
    order = draws.permutation(len(table))
    x, y = (table[order, :64] / 16).astype(np.float32), table[order, 64].astype(np.int64)
    x, xv, y, yv = x[:1437], x[1437:], y[:1437], y[1437:]
    hidden, batch, epochs, lr = 32, 32, 30, 0.1
else:
    x, y = draws.random((60_000, 784), dtype=np.float32), draws.integers(0, 10, 60_000)
    xv, yv = x[:1000], y[:1000]
    hidden, batch, epochs, lr = 128, 64, 1, 0.05
n, d = x.shape
l2 = 1e-4
steps = epochs * -(-n // batch)


def sklearn():
    from sklearn.neural_network import MLPClassifier
    warnings.filterwarnings("ignore")

    def run(epochs, rows):
        model = MLPClassifier((hidden,), solver="sgd", alpha=l2, batch_size=batch, learning_rate_init=lr, momentum=0.9,
                              nesterovs_momentum=False, max_iter=epochs, tol=0, n_iter_no_change=10**6, random_state=0)
        start = time.perf_counter()
        model.fit(x[:rows], y[:rows])
        return time.perf_counter() - start, steps, model.score(xv, yv)

    run(1, 10 * batch)
    return lambda: run(epochs, n)


def torch():
    import torch
    torch.set_num_threads(1)
    xt, yt = torch.tensor(x), torch.tensor(y)

    def run():
        torch.manual_seed(0)
        model = torch.nn.Sequential(torch.nn.Linear(d, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, 10))
        opt = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9, weight_decay=l2)
        loss = torch.nn.CrossEntropyLoss()
        start = time.perf_counter()
        for _ in range(epochs):
            order = torch.randperm(n)
            for i in range(0, n, batch):
                b = order[i:i + batch]
                opt.zero_grad()
                loss(model(xt[b]), yt[b]).backward()
                opt.step()
        seconds = time.perf_counter() - start
        with torch.no_grad():
            return seconds, steps, (model(torch.tensor(xv)).argmax(1) == torch.tensor(yv)).float().mean().item()

    run()
    return run


def jax():
    import jax, jax.numpy as jnp
    full = n // batch

    def init(key):
        a, b = jax.random.split(key)
        return [jax.random.uniform(a, (d, hidden), minval=-1, maxval=1) / d**0.5, jnp.zeros(hidden),
                jax.random.uniform(b, (hidden, 10), minval=-1, maxval=1) / hidden**0.5, jnp.zeros(10)]

    def objective(p, xb, yb):
        z = jax.nn.relu(xb @ p[0] + p[1]) @ p[2] + p[3]
        nll = -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(z), yb[:, None], 1))
        return nll + 0.5 * l2 * (jnp.sum(p[0]**2) + jnp.sum(p[2]**2))

    def train(rate, xt, yt):
        p = init(jax.random.key(0))
        v = [jnp.zeros_like(q) for q in p]

        def epoch(state, key):
            order = jax.random.permutation(key, n)[:full * batch].reshape(full, batch)

            def step(state, b):
                p, v = state
                g = jax.grad(objective)(p, xt[b], yt[b])
                v = [0.9 * m + h for m, h in zip(v, g)]
                return ([q - rate * m for q, m in zip(p, v)], v), None

            return jax.lax.scan(step, state, order)[0], None

        return jax.lax.scan(epoch, (p, v), jax.random.split(jax.random.key(1), epochs))[0][0]

    f = jax.jit(jax.vmap(train, in_axes=(0, None, None)))
    rates, xt, yt = jnp.linspace(lr / 2, lr, args.fuse), jnp.array(x), jnp.array(y)

    def run():
        start = time.perf_counter()
        p = jax.block_until_ready(f(rates, xt, yt))
        seconds = time.perf_counter() - start
        z = jax.nn.relu(xv @ p[0][-1] + p[1][-1]) @ p[2][-1] + p[3][-1]
        return seconds / args.fuse, epochs * full, float((z.argmax(1) == yv).mean())

    run()
    return run


run = globals()[args.peer]()
for _ in range(args.repeat):
    seconds, n_steps, accuracy = run()
    print(json.dumps({"work": args.work, "peer": args.peer, "fuse": args.fuse, "us_per_step": round(seconds / n_steps * 1e6, 3),
                      "accuracy": round(accuracy, 4)}))
