"""Writes torch_layers.txt: activations, losses and normalising layers as PyTorch computes them in float64.

    python torch_layers.py > torch_layers.txt

Each line: kind; name; parameter; inputs; values; gradients (numbers separated by spaces).
"""
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.manual_seed(1)


def line(kind, name, parameter, *lists):
    numbers = "; ".join(" ".join(repr(v) for v in torch.as_tensor(l).flatten().tolist()) for l in lists)
    print(f"{kind}; {name}; {parameter}; {numbers}")


print(f"# torch {torch.__version__.split('+')[0]}")
z0 = torch.tensor([-40.0, -9.5, -4.0, -1.5, -0.5, -1e-5, 0.0, 1e-5, 0.3, 1.0, 2.5, 7.0, 40.0])
for name, parameter, f in [
    ("identity", 0, lambda z: z * 1), ("sigmoid", 0, torch.sigmoid), ("tanh", 0, torch.tanh), ("relu", 0, F.relu),
    ("leaky-relu", 0.01, lambda z: F.leaky_relu(z, 0.01)), ("leaky-relu", 0.3, lambda z: F.leaky_relu(z, 0.3)),
    ("elu", 1.0, F.elu), ("elu", 0.4, lambda z: F.elu(z, 0.4)), ("elu", 2.5, lambda z: F.elu(z, 2.5)),
    ("softplus", 0, lambda z: F.softplus(z, threshold=1e9)), ("silu", 0, F.silu), ("gelu", 0, F.gelu),
    ("gelu-tanh", 0, lambda z: F.gelu(z, approximate="tanh")),
]:
    z = z0.clone().requires_grad_()
    a = f(z)
    a.sum().backward()
    line("activation", name, parameter, z0, a.detach(), z.grad)

classes = torch.tensor([2, 0, 1, 1])
scores = torch.randn(4, 3) * 2
binary = torch.randn(4, 1) * 3
labels = torch.tensor([[1.0], [0.0], [0.0], [1.0]])
numbers, targets = torch.randn(4, 2) * 2, torch.randn(4, 2)
for name, parameter, x, y, f in [
    ("cross-entropy", 0, scores, classes, lambda z, y: F.cross_entropy(z, y, reduction="sum")),
    ("cross-entropy", 0, binary, labels, lambda z, y: F.binary_cross_entropy_with_logits(z, y, reduction="sum")),
    # torch divides by the number of classes.
    ("weston-watkins", 0, scores, classes, lambda z, y: 3 * F.multi_margin_loss(z, y, reduction="sum")),
    ("one-vs-rest", 0, binary, 2 * labels - 1, lambda z, y: F.relu(1 - y * z).sum()),
    ("squared-hinge", 0, binary, 2 * labels - 1, lambda z, y: (F.relu(1 - y * z) ** 2).sum()),
    ("mse", 0, numbers, targets, lambda z, y: F.mse_loss(z, y, reduction="sum")),
    ("half-squared", 0, numbers, targets, lambda z, y: 0.5 * F.mse_loss(z, y, reduction="sum")),
    ("mae", 0, numbers, targets, lambda z, y: F.l1_loss(z, y, reduction="sum")),
    ("huber", 1.0, numbers, targets, lambda z, y: F.huber_loss(z, y, reduction="sum")),
    ("huber", 0.4, numbers, targets, lambda z, y: F.huber_loss(z, y, reduction="sum", delta=0.4)),
]:
    z = x.clone().requires_grad_()
    loss = f(z, y)
    loss.backward()
    # Two-class losses take the label of each row.
    label = labels if x is binary else y
    line("loss", name, parameter, torch.cat([x.flatten(), label.flatten()]), loss.detach(), z.grad)

for name, layer in [("batch-norm", torch.nn.BatchNorm1d(3)), ("layer-norm", torch.nn.LayerNorm(3))]:
    layer.weight.data, layer.bias.data = torch.tensor([0.5, -1.0, 2.0]), torch.tensor([0.1, 0.2, -0.3])
    x0, direction = torch.randn(5, 3) * 2 + 1, torch.randn(5, 3)
    x = x0.clone().requires_grad_()
    y = layer(x)
    (y * direction).sum().backward()
    running = torch.cat([layer.running_mean, layer.running_var]) if name == "batch-norm" else torch.zeros(0)
    layer.eval()
    line("layer", name, 0, torch.cat([x0.flatten(), direction.flatten()]), torch.cat([y.detach().flatten(), layer(x0).detach().flatten(), running]),
         torch.cat([x.grad.flatten(), layer.weight.grad, layer.bias.grad]))
