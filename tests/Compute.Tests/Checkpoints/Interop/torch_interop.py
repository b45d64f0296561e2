"""Real PyTorch's side of the interoperability tests; runs with torch 1.13 and later.

read FILE            what torch.load makes of a file, as JSON (see PickleTree.cs), after it was loaded with weights_only too
sgd FILE             the optimizer's state of a checkpoint goes into torch.optim.SGD and takes a step
write FOLDER         writes files of all kinds, each with its content beside it as JSON
continue FOLDER      sgd.pth and sgd.again.pth take the same step and end with the same bits, adam's too; prints those again as JSON
"""
import collections
import hashlib
import inspect
import json
import pickletools
import struct
import sys
import zipfile

import numpy
import torch

# What torch 2.6 lets a weights_only pickle have.
OPCODES = set(
    'PROTO STOP EMPTY_DICT EMPTY_LIST EMPTY_TUPLE EMPTY_SET MARK SETITEM SETITEMS APPEND APPENDS TUPLE TUPLE1 TUPLE2 TUPLE3 NONE NEWTRUE NEWFALSE '
    'BININT BININT1 BININT2 LONG1 BINFLOAT BINUNICODE SHORT_BINSTRING GLOBAL REDUCE BUILD NEWOBJ BINPERSID BINPUT LONG_BINPUT BINGET LONG_BINGET'.split())
GLOBALS = {'collections OrderedDict', 'torch._utils _rebuild_tensor_v2', 'torch FloatStorage', 'torch LongStorage'}


class Tree:
    def __init__(self):
        self.storages = {}

    def of(self, value):
        if value is None or isinstance(value, (bool, str)) or type(value) is int:
            return value
        if type(value) is float:
            return {'float': [struct.pack('>d', value).hex()]}
        if isinstance(value, bytes):
            return {'bytes': [value.hex()]}
        if isinstance(value, tuple):
            return {'tuple': [self.of(v) for v in value]}
        if isinstance(value, list):
            return {'list': [self.of(v) for v in value]}
        if isinstance(value, dict):
            tag = 'ordered' if isinstance(value, collections.OrderedDict) else 'dict'
            return {tag: [[self.of(k), self.of(v)] for k, v in value.items()]}
        if isinstance(value, (numpy.generic, numpy.ndarray)):
            return {'numpy': [value.dtype.str, list(value.shape), numpy.ascontiguousarray(value).tobytes().hex()]}
        if isinstance(value, torch.device):
            return {'device': [str(value)]}
        if isinstance(value, torch.Tensor):
            number = self.storages.setdefault(value.storage().data_ptr(), len(self.storages))
            values = value.detach().to(torch.float32).contiguous().numpy().tobytes()
            return {'tensor': [str(value.dtype)[len('torch.'):], list(value.shape), hashlib.sha256(values).hexdigest(), number]}
        raise TypeError(type(value))


def load(path, **options):
    return torch.load(path, map_location='cpu', **options)


def everything(path):
    """Without weights_only, however the version spells that."""
    options = {'weights_only': False} if 'weights_only' in inspect.signature(torch.load).parameters else {}
    return load(path, **options)


def check_opcodes(path):
    """The pickle keeps to what torch 2.6 allows, whichever torch is here."""
    with zipfile.ZipFile(path) as archive:
        pickle = archive.read(next(n for n in archive.namelist() if n.endswith('/data.pkl')))
    for opcode, argument, _ in pickletools.genops(pickle):
        assert opcode.name in OPCODES, opcode.name
        assert opcode.name != 'GLOBAL' or argument in GLOBALS, argument


def without_floats(path, target):
    """The same file with a text of as many bytes for each float, which torch 1.13's weights_only reader does not know yet."""
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(target, 'w') as copy:
        for name in archive.namelist():
            content = archive.read(name)
            if name.endswith('/data.pkl'):
                content = bytearray(content)
                for opcode, _, at in pickletools.genops(bytes(content)):
                    if opcode.name == 'BINFLOAT':
                        content[at:at + 9] = b'U\x07a float'
            copy.writestr(name, bytes(content))


def check_weights_only(path, whole):
    if 'weights_only' not in inspect.signature(torch.load).parameters:
        return
    if 'BINFLOAT' in inspect.getsource(torch._weights_only_unpickler):
        assert Tree().of(load(path, weights_only=True)) == whole
        return
    target = path + '.texts'
    without_floats(path, target)
    loaded = load(target, weights_only=True)
    assert [k for k in loaded] == [pair[0] for pair in whole['dict']]
    assert Tree().of(loaded['network_weights']) == whole['dict'][0][1]


def tree_of_file(path):
    whole = Tree().of(everything(path))
    check_opcodes(path)
    check_weights_only(path, whole)
    return whole


def read(path):
    print(json.dumps(tree_of_file(path)))


def parameters(checkpoint):
    seen, unique = set(), []
    for name, tensor in checkpoint['network_weights'].items():
        counts = ('running_mean', 'running_var', 'num_batches_tracked')
        if tensor.storage().data_ptr() not in seen and not name.endswith(counts):
            seen.add(tensor.storage().data_ptr())
            unique.append(torch.nn.Parameter(tensor.clone()))
    return unique


def sgd(path):
    checkpoint = everything(path)
    params = parameters(checkpoint)
    before = [p.detach().clone() for p in params]
    optimizer = torch.optim.SGD(params, 0.5, momentum=0.1, nesterov=True)
    optimizer.load_state_dict(checkpoint['optimizer_state'])
    group = optimizer.param_groups[0]
    assert len(optimizer.param_groups) == 1 and len(group['params']) == len(params)
    saved = checkpoint['optimizer_state']['state']
    assert 0 < len(saved) < len(params), 'the test wants a hole'
    for p in params:
        p.grad = p.detach() * 0.25 + 0.5
    optimizer.step()
    for i, p in enumerate(params):
        g = before[i] * 0.25 + 0.5 + group['weight_decay'] * before[i]
        v = group['momentum'] * saved[i]['momentum_buffer'] + g if i in saved else g
        expected = before[i] - group['lr'] * (g + group['momentum'] * v)
        assert torch.allclose(p, expected, rtol=1e-6, atol=0, equal_nan=True), i
        assert torch.allclose(optimizer.state[p]['momentum_buffer'], v, rtol=1e-6, atol=0, equal_nan=True), i
    print(len(saved))


def write(folder):
    def save(name, value):
        torch.save(value, f'{folder}/{name}.pth')
        torch.save(value, f'{folder}/{name}.legacy.pth', _use_new_zipfile_serialization=False)
        with open(f'{folder}/{name}.json', 'w') as file:
            json.dump(Tree().of(value), file)

    torch.manual_seed(1)
    base = torch.randn(4, 5, 6)
    whole = torch.arange(24)
    save('tensors', collections.OrderedDict([
        ('whole', base), ('again', base), ('transposed', base.transpose(0, 2)), ('inner', base[1:3, ::2, 3]), ('scalar', base[3, 4, 5]),
        ('parameter', torch.nn.Parameter(torch.randn(3))), ('empty', torch.zeros(0, 3)), ('half', torch.randn(7).half()),
        ('bfloat16', torch.randn(7).bfloat16()), ('double', torch.randn(7).double()), ('int64', whole), ('columns', whole.view(4, 6).t()),
        ('int32', whole.int()), ('int16', whole.short() - 9), ('int8', whole.to(torch.int8) - 9), ('uint8', whole.to(torch.uint8) + 200),
        ('bool', whole % 3 == 0), ('nan', torch.tensor([float('nan'), float('-inf'), -0.0])),
    ]))
    save('values', {
        'numpy': [numpy.float32(0.1), numpy.float64(0.1), numpy.int64(-5), numpy.uint8(200), numpy.bool_(True), numpy.float16(0.5)],
        'arrays': [numpy.arange(6, dtype='f4').reshape(2, 3), numpy.asfortranarray(numpy.arange(6.0).reshape(2, 3)), numpy.zeros((0, 2))],
        'numbers': [0, 255, 256, 65536, -1, 2 ** 40, -2 ** 40, 2 ** 62, 1e-300, float('nan'), True, None], 'tuples': ((), (1,), (1, 2), (1, 2, 3, 4)),
        'texts': ['', 'ö', 'x' * 300], 'bytes': bytes(range(256)), 'devices': [torch.device('cuda', 1), torch.device('cpu')],
        'size': torch.Size([1, 2]), 7: 'a number as a key', ('a', 1): 'a tuple as a key',
    })

    for name, make in (('sgd', lambda p: torch.optim.SGD(p, 0.01, momentum=0.99, nesterov=True, weight_decay=3e-5)),
                       ('adam', lambda p: torch.optim.AdamW(p, 3e-4, amsgrad=True, weight_decay=3e-5))):
        net = torch.nn.Sequential(collections.OrderedDict([('conv', torch.nn.Conv3d(1, 4, 3)), ('norm', torch.nn.BatchNorm3d(4)), ('head', torch.nn.Conv3d(4, 2, 1))]))
        optimizer = make([p for p in net.parameters()])
        for _ in range(3):
            optimizer.zero_grad()
            net.norm(net.conv(torch.randn(2, 1, 6, 6, 6))).square().sum().backward()
            optimizer.step()
        numbers = [numpy.float32(0.25), numpy.float32(0.5)]
        save(name, {
            'network_weights': net.state_dict(), 'optimizer_state': optimizer.state_dict(),
            'grad_scaler_state': {'scale': 65536.0, 'growth_factor': 2.0, 'backoff_factor': 0.5, 'growth_interval': 2000, '_growth_tracker': 7},
            'logging': {'mean_fg_dice': numbers, 'ema_fg_dice': numbers, 'dice_per_class_or_region': [[numpy.float32(0.25)]] * 2, 'train_losses': numbers,
                        'val_losses': numbers, 'lrs': [0.01, 0.009], 'epoch_start_timestamps': [1.5, 2.5], 'epoch_end_timestamps': [2.25, 3.25], 'mine': numbers},
            '_best_ema': numpy.float32(0.5), 'current_epoch': 2,
            'init_args': {'plans': {'plans_name': 'nnUNetPlans', 'spacing': [1.0, 0.5], 'none': None}, 'configuration': '3d_fullres', 'fold': 0,
                          'dataset_json': {'labels': {'background': 0}}, 'device': torch.device('cuda'), 'unpack_dataset': True},
            'trainer_name': 'nnUNetTrainer', 'inference_allowed_mirroring_axes': (0, 1, 2), 'site': ('here', 3),
        })


def go_on(folder):
    trees = {}
    for kind, make in (('sgd', torch.optim.SGD), ('adam', torch.optim.AdamW)):
        ends = []
        for path in (f'{folder}/{kind}.pth', f'{folder}/{kind}.again.pth'):
            checkpoint = everything(path)
            params = parameters(checkpoint)
            optimizer = make(params, 1.0)
            optimizer.load_state_dict(checkpoint['optimizer_state'])
            for p in params:
                p.grad = p.detach() * 0.25 + 0.5
            optimizer.step()
            ends.append(Tree().of([params, optimizer.state_dict()['state']]))
        assert ends[0] == ends[1], kind
        trees[kind] = tree_of_file(f'{folder}/{kind}.again.pth')
    print(json.dumps(trees))


if __name__ == '__main__':
    {'read': read, 'sgd': sgd, 'write': write, 'continue': go_on}[sys.argv[1]](*sys.argv[2:])
