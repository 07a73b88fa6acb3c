"""Writes gradients.csv, open.csv, closed.csv and schedules.csv: what PyTorch and optax do in float64, step by step.

    python traces.py FOLDER

The first line of a file names the versions. A block begins with a line "# key=value ..." of settings as in an experiment; then one line a step:
open and closed: the parameters after it; schedules: the share of the base rate that it takes. 200 steps each.
open: the gradients are those of gradients.csv (zeros, long rests, sizes from 1e-4 to 30). closed: the gradient of f at the parameters,
f = sqrt(1 + x^2) + 2 y^2 + 0.1 x^2 y^2 + y^4 / 4, in operations that have the same bits in every language.
`moved` is by how much the parameters differ at most when the start moves by one unit in the last place: a trace that moves much is
chaotic and cannot be compared in closed loop.
"""
import itertools
import math
import pathlib
import sys

import jax
import numpy
import optax
import torch
from torch.optim import lr_scheduler as tls

jax.config.update("jax_enable_x64", True)
torch.set_default_dtype(torch.float64)
FOLDER = pathlib.Path(sys.argv[1])
VERSIONS = f"# torch {torch.__version__.split('+')[0]}, optax {optax.__version__}, jax {jax.__version__}; made by traces.py\n"
N, PER_EPOCH, START = 200, 20, [2.5, -1.5]

rng = numpy.random.default_rng(11)
GRADIENTS = rng.normal(size=(N, 2)) * 10.0 ** rng.uniform(-3, 1, size=(N, 2))
GRADIENTS[rng.uniform(size=(N, 2)) < 0.1] = 0.0
GRADIENTS[60:110, 0] = 0.0
GRADIENTS = [[float(f"{g:.5g}") for g in row] for row in GRADIENTS.tolist()]


def gradient(x, y):
    return [x / math.sqrt(1.0 + x * x) + 0.2 * x * y * y, 4.0 * y + 0.2 * x * x * y + y * y * y]


def torch_factors(make, warm=0):
    """Rates of a scheduler of PyTorch over a base rate of 1, after `warm` steps of warm-up."""
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    scheduler = make(optimizer)
    if warm:
        first = tls.LinearLR(optimizer, start_factor=1 / warm, total_iters=warm - 1)
        scheduler = tls.SequentialLR(optimizer, [first, scheduler], [warm])
    rates = []
    for _ in range(N):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def optax_factors(schedule, warm=0):
    if warm:
        schedule = optax.join_schedules([lambda t: (t + 1) / warm, schedule], [warm])
    return [float(schedule(t)) for t in range(N)]


def factors(schedule="constant", warmup=0, every=5.0, every_steps=None, factor=None, floor=0.0, power=2.0, pct_start=0.3,
            div_factor=25.0, final_div_factor=1e4, high=1e4):
    warm = round(warmup * PER_EPOCH)
    total, time = N - warm, every_steps or every * PER_EPOCH
    if schedule == "constant":
        return torch_factors(lambda o: tls.ConstantLR(o, factor=1.0), warm)
    if schedule == "step":
        return torch_factors(lambda o: tls.StepLR(o, step_size=round(time), gamma=factor or 0.5), warm)
    if schedule == "exponential" and every_steps == 1:
        return torch_factors(lambda o: tls.ExponentialLR(o, gamma=factor or 0.9998), warm)
    if schedule == "exponential":
        return optax_factors(optax.exponential_decay(1.0, time, factor or 0.9998), warm)
    if schedule == "linear":
        return torch_factors(lambda o: tls.LinearLR(o, start_factor=1.0, end_factor=floor, total_iters=total), warm)
    if schedule == "cosine":
        return torch_factors(lambda o: tls.CosineAnnealingLR(o, T_max=total, eta_min=floor), warm)
    if schedule == "polynomial" and floor == 0.0:
        return torch_factors(lambda o: tls.PolynomialLR(o, total_iters=total, power=power), warm)
    if schedule == "polynomial":
        return optax_factors(optax.polynomial_schedule(1.0, floor, power, total), warm)
    if schedule == "one-cycle":
        return torch_factors(lambda o: tls.OneCycleLR(o, max_lr=1.0, total_steps=N, pct_start=pct_start, div_factor=div_factor,
                                                      final_div_factor=final_div_factor, cycle_momentum=False))
    if schedule == "inverse-sqrt":
        # Neither library has it: the formula of Vaswani et al. 2017, min(n^-1/2, n E^-3/2), from where its warm-up of E ends, over its peak.
        paper = lambda n: min(n**-0.5, n * time**-1.5)
        return torch_factors(lambda o: tls.LambdaLR(o, lambda t: paper(t + time) / paper(time)), warm)
    if schedule == "range-test":
        return optax_factors(optax.exponential_decay(1.0, total - 1, high))
    raise ValueError(schedule)


def stepper(recipe, momentum=0.9, bias_correction="off", beta1=0.9, beta2=None, epsilon=None, rho=0.99, decay=None, coupled_decay=0.0):
    """A function (parameters, gradient, rate) -> parameters, with its state inside."""
    eps, betas = epsilon or 1e-8, (beta1, beta2 or 0.999)
    if recipe in ("momentum-ema", "lion"):
        if recipe == "lion":
            chain = [optax.scale_by_lion(beta1, beta2 or 0.99), optax.add_decayed_weights(0.001 if decay is None else decay)]
        else:
            chain = [optax.ema(momentum, debias=bias_correction == "on"), optax.add_decayed_weights(decay or 0.0)]
        chain = optax.chain(optax.add_decayed_weights(coupled_decay), *chain)
        state = chain.init(jax.numpy.zeros(2))

        def step(p, g, lr):
            nonlocal state
            p = jax.numpy.array(p)
            update, state = chain.update(jax.numpy.array(g), state, p)
            return numpy.asarray(p - lr * update).tolist()

        return step
    theta = torch.zeros(2, requires_grad=True)
    make = {
        "sgd": lambda: torch.optim.SGD([theta], 0.1, weight_decay=coupled_decay),
        "momentum": lambda: torch.optim.SGD([theta], 0.1, momentum, weight_decay=coupled_decay),
        "nesterov": lambda: torch.optim.SGD([theta], 0.1, momentum, nesterov=True, weight_decay=coupled_decay),
        "adagrad": lambda: torch.optim.Adagrad([theta], 0.1, eps=epsilon or 1e-10, weight_decay=coupled_decay),
        "rmsprop": lambda: torch.optim.RMSprop([theta], 0.1, alpha=rho, eps=eps, weight_decay=coupled_decay),
        "adam": lambda: torch.optim.Adam([theta], 0.1, betas, eps, weight_decay=coupled_decay),
        "adamw": lambda: torch.optim.AdamW([theta], 0.1, betas, eps, weight_decay=0.01 if decay is None else decay),
        "amsgrad": lambda: torch.optim.Adam([theta], 0.1, betas, eps, weight_decay=coupled_decay, amsgrad=True),
    }
    optimizer = make[recipe]()

    def step(p, g, lr):
        theta.data = torch.tensor(p)
        theta.grad = torch.tensor(g)
        optimizer.param_groups[0]["lr"] = lr
        optimizer.step()
        return theta.tolist()

    return step


def trace(settings, start, gradient_of):
    hyper = {k: v for k, v in settings.items() if k in stepper.__code__.co_varnames[: stepper.__code__.co_argcount]}
    schedule = {k: v for k, v in settings.items() if k in factors.__code__.co_varnames[: factors.__code__.co_argcount]}
    step, p, out = stepper(**hyper), start, []
    for t, factor in enumerate(factors(**schedule)):
        g = torch.tensor(gradient_of(t, p))
        clipped = torch.zeros(2, requires_grad=True)
        clipped.grad = g
        if "clip_value" in settings:
            torch.nn.utils.clip_grad_value_([clipped], settings["clip_value"])
        if "clip_norm" in settings:
            torch.nn.utils.clip_grad_norm_([clipped], settings["clip_norm"])
        p = step(p, clipped.grad.tolist(), settings["lr"] * factor)
        out.append(p)
    return out


def block(settings, lines):
    head = " ".join(f"{k.replace('_', '-')}={v}" for k, v in settings.items())
    return f"# {head}\n" + "".join(",".join(repr(v) for v in line) + "\n" for line in lines)


def write(name, blocks):
    (FOLDER / name).write_text(VERSIONS + "".join(blocks))


OPEN = [
    dict(recipe="sgd", lr=0.1, coupled_decay=0.05, clip_norm=2.0),
    dict(recipe="momentum", lr=0.05),
    dict(recipe="momentum-ema", lr=0.1, bias_correction="on"),
    dict(recipe="nesterov", lr=0.05, momentum=0.8, clip_value=1.5),
    dict(recipe="adagrad", lr=0.3),
    dict(recipe="rmsprop", lr=0.02),
    dict(recipe="rmsprop", lr=0.02, rho=0.9, epsilon=1e-3, schedule="step", every=2.5, factor=0.3),
    dict(recipe="adam", lr=0.05),
    dict(recipe="adamw", lr=0.05, decay=0.2),
    dict(recipe="amsgrad", lr=0.05, beta2=0.9),
    dict(recipe="lion", lr=0.02),
    dict(recipe="lion", lr=0.02, beta1=0.8, beta2=0.95, clip_norm=1.0),
]
CLOSED = [
    dict(recipe="sgd", lr=0.1),
    dict(recipe="sgd", lr=0.15, coupled_decay=0.1, schedule="linear", floor=0.1),
    dict(recipe="sgd", lr=0.0001, schedule="range-test", high=1000.0),
    dict(recipe="momentum", lr=0.02, schedule="exponential", every_steps=1, factor=0.99),
    dict(recipe="momentum", lr=0.01, momentum=0.99, clip_norm=1.0),
    dict(recipe="momentum", lr=0.05, momentum=0.5, coupled_decay=0.1, schedule="cosine"),
    dict(recipe="momentum-ema", lr=0.1),
    dict(recipe="momentum-ema", lr=0.1, momentum=0.7, bias_correction="on", decay=0.05, schedule="polynomial", warmup=1),
    dict(recipe="nesterov", lr=0.02),
    dict(recipe="nesterov", lr=0.05, momentum=0.7, schedule="one-cycle"),
    dict(recipe="adagrad", lr=0.5),
    dict(recipe="adagrad", lr=0.3, epsilon=0.001, coupled_decay=0.1, schedule="inverse-sqrt", every=2.0),
    dict(recipe="rmsprop", lr=0.05, schedule="linear"),
    dict(recipe="rmsprop", lr=0.05, rho=0.9, epsilon=0.001, coupled_decay=0.1, schedule="step", every=2.0),
    dict(recipe="adam", lr=0.1, schedule="cosine", warmup=2),
    dict(recipe="adam", lr=0.1, beta1=0.5, beta2=0.9, epsilon=0.001),
    dict(recipe="adam", lr=0.05, coupled_decay=0.1, clip_value=0.5),
    dict(recipe="adamw", lr=0.1),
    dict(recipe="adamw", lr=0.2, decay=0.1, schedule="one-cycle", pct_start=0.2),
    dict(recipe="amsgrad", lr=0.1, schedule="exponential", every=1.0, factor=0.8),
    dict(recipe="amsgrad", lr=0.1, beta1=0.8, beta2=0.9, coupled_decay=0.05),
    dict(recipe="lion", lr=0.05),
    dict(recipe="lion", lr=0.05, beta1=0.95, beta2=0.98, decay=0.1, schedule="linear", warmup=1),
]
SCHEDULES = [
    dict(schedule="constant", warmup=2.0),
    dict(schedule="step"),
    dict(schedule="step", every=0.35, factor=0.9),
    dict(schedule="step", every_steps=7, factor=0.8, warmup=0.5),
    dict(schedule="exponential"),
    dict(schedule="exponential", every_steps=1, factor=0.97),
    dict(schedule="exponential", every=0.7, factor=0.5, warmup=1.0),
    dict(schedule="linear", warmup=0.05),
    dict(schedule="linear", floor=0.25),
    dict(schedule="cosine"),
    dict(schedule="cosine", floor=0.1, warmup=3.0),
    dict(schedule="polynomial"),
    dict(schedule="polynomial", power=0.9, floor=0.2, warmup=1.0),
    dict(schedule="one-cycle"),
    dict(schedule="one-cycle", pct_start=0.45, div_factor=10.0, final_div_factor=100.0),
    dict(schedule="inverse-sqrt", warmup=5.0),
    dict(schedule="inverse-sqrt", every_steps=12),
    dict(schedule="range-test"),
    dict(schedule="range-test", high=1e7),
]

write("gradients.csv", ["".join(",".join(repr(v) for v in row) + "\n" for row in GRADIENTS)])
write("open.csv", [block(s, trace(s, START, lambda t, p: GRADIENTS[t])) for s in OPEN])
blocks = []
for settings in CLOSED:
    there = trace(settings, START, lambda t, p: gradient(*p))
    near = trace(settings, [math.nextafter(v, 9.0) for v in START], lambda t, p: gradient(*p))
    moved = max(abs(a - b) for a, b in zip(itertools.chain(*there), itertools.chain(*near)))
    blocks.append(block(settings | {"moved": f"{moved:.1e}"}, there))
write("closed.csv", blocks)
write("schedules.csv", [block(s, [[v] for v in factors(**s)]) for s in SCHEDULES])
