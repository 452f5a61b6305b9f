#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The page's files into a folder, and all of them into one file. Called by build.sh when the wasm files are there.

The modules are joined for the single file by leaving out their import and export words, so names must be unique across
them."""
import base64
import hashlib
import json
import pathlib
import re
import struct
import sys
import zlib

WEB = pathlib.Path(__file__).resolve().parent
ROOT = WEB.parent
PAGE = ['index.html', 'style.css', 'app.webmanifest', 'icon.svg']
KINDS = ['photo', 'photo-jpeg', 'screen', 'creative-photo', 'creative-art']
EFFORTS = ['fast', 'standard', 'best']
KEEPS = ['pixels', 'areas', 'blocks']
# Pictures whose results train/golden.py worked out, of nets with extreme weights, with skips, and with the guarantee:
# the page's self-test.
KNOWN = ['c16-x3-extreme-g16-17x11.out.pgm', 'c16-x2-skip123-g8-33x20.out.pgm',
         'c16-x2-bicubic4-g16-40x30-scene.faithful.pgm', 'c16-x2-area2-g8-15x7-rough.faithful.pgm']


def fail(why):
    sys.exit(f'web/build.py: {why}')


def base64_of(data):
    return base64.b64encode(data).decode()


# ---- Nets and known answers ----

def net_entry(path):
    data = path.read_bytes()
    if data[:8] != b'\x89FOVEA\r\n':
        fail(f'{path} is no net')
    name = data[32:64].split(b'\0')[0].decode()
    return {'file': path.name, 'name': name, 'scale': data[20], 'kind': KINDS[data[21]], 'effort': EFFORTS[data[22]],
            'keeps': KEEPS[data[23]], 'bytes': len(data)}


def listed_nets():
    """The nets that the command has, by its list in meson.build, but for the best, a megabyte to load, and minutes to wait, and
    those for faces, which the page leaves as they are."""
    names = re.findall(r"'(models/[\w-]+\.fovea)'", (ROOT / 'meson.build').read_text())
    if not names:
        fail('no nets in meson.build')
    return [ROOT / name for name in names if not re.search('-best-|-face-', name)]


def read_pgm(path):
    """Width, height, bits and the samples as the core takes them: 16 bits low byte first."""
    data = path.read_bytes()
    head = re.match(rb'P5\s+(\d+)\s+(\d+)\s+(\d+)\s', data)
    if not head:
        fail(f'{path} is no PGM')
    width, height, most = map(int, head.groups())
    pixels = data[head.end():]
    if most > 255:
        pixels = struct.pack(f'<{len(pixels) // 2}H', *struct.unpack(f'>{len(pixels) // 2}H', pixels))
    return width, height, 16 if most > 255 else 8, pixels


def known_answers():
    good = ROOT / 'tests/golden/good'
    answers = []
    for name in KNOWN:
        width, height, bits, pixels = read_pgm(good / re.sub(r'\.\w+\.', '.in.', name))
        _, _, _, result = read_pgm(good / name)
        net = (good / (re.sub(r'-g\d+-.*', '', name) + '.fovea')).read_bytes()
        answers.append({'net': base64_of(net), 'width': width, 'height': height, 'format': 17 if bits == 16 else 1,
                        'pixels': base64_of(pixels), 'crc': zlib.crc32(result), 'mode': 0 if '.faithful.' in name else 1})
    return answers


def avif_encoder():
    """The files of libavif's encoder out of node_modules, and ours that makes a worker of it; nothing where it is not there."""
    package = ROOT / 'node_modules/@jsquash/avif'
    if not package.is_dir():
        return {}
    script = (package / 'codec/enc/avif_enc.js').read_text()
    if script.count('export default Module;') != 1:
        fail('@jsquash/avif is not as it was')
    script = script.replace('export default Module;', (WEB / 'avif-worker.js').read_text())
    return {'avif-encoder.js': script.encode(), 'avif-encoder.wasm': (package / 'codec/enc/avif_enc.wasm').read_bytes(),
            'avif-encoder.LICENSE.txt': (package / 'LICENSE').read_bytes()}


# ---- Modules into one script ----

IMPORT = re.compile(r"^import \{[^}]*\} from '\./(\w+)\.js';\n", re.M)


TOP = re.compile(r'^(?:const|let|class|(?:async )?function\*?) (\w+|\[[\w, ]+\]|\{[\w, ]+\})', re.M)


def module_order(name, seen):
    """This module after all that it imports."""
    source = (WEB / f'{name}.js').read_text()
    for needed in IMPORT.findall(source):
        if needed not in seen:
            module_order(needed, seen)
    if name not in seen:
        seen.append(name)
    return seen


def joined_script():
    parts, names = [], {}
    for name in module_order('app', []):
        source = IMPORT.sub('', (WEB / f'{name}.js').read_text())
        source = re.sub(r'^export (?=const|let|class|function|async)', '', source, flags=re.M)
        if re.search(r'^(import|export)\b', source, re.M):
            fail(f'{name}.js has an import or export that the single file cannot have')
        for found in TOP.findall(source):
            for word in re.findall(r'\w+', found):
                if word in names:
                    fail(f'{name}.js and {names[word]}.js both have a {word}: in the single file they meet')
                names[word] = name
        parts.append(source)
    return '\n'.join(parts)


# ---- The two forms of the page ----

def script_hash(text):
    return "'sha256-" + base64_of(hashlib.sha256(text.encode()).digest()) + "'"


def single_file(files):
    """Everything inline: the policy names the two hashes, and no request at all is allowed."""
    inlined = {name: base64_of(data) for name, data in files.items()}
    script = f'globalThis.foveaFiles = {json.dumps(inlined)};\n{joined_script()}'
    if '</script' in script:
        fail('a script holds </script')
    style = (WEB / 'style.css').read_text()
    icon = 'data:image/svg+xml;base64,' + base64_of((WEB / 'icon.svg').read_bytes())
    policy = ("default-src 'none'; script-src " + script_hash(script) + " 'wasm-unsafe-eval'; worker-src blob:; "
              "connect-src 'none'; img-src blob: data:; style-src " + script_hash(style) +
              "; form-action 'none'; base-uri 'none'")
    page = (WEB / 'index.html').read_text()
    page = replace(page, r'(http-equiv="Content-Security-Policy" content=")[^"]*', lambda m: m.group(1) + policy)
    page = replace(page, r'<link rel="icon"[^>]*>', lambda m: f'<link rel="icon" href="{icon}">')
    page = replace(page, r'<link rel="manifest"[^>]*>\n', lambda m: '')
    page = replace(page, r'<link rel="stylesheet"[^>]*>', lambda m: f'<style>{style}</style>')
    page = replace(page, r'<script [^>]*></script>', lambda m: '')
    return replace(page, r'</body>', lambda m: f'<script type="module">{script}</script>\n</body>')


def replace(text, pattern, by):
    text, count = re.subn(pattern, by, text)
    if count != 1:
        fail(f'index.html has {count} of {pattern}')
    return text


def service_worker(names, later, out):
    digest = hashlib.sha256()
    for name in sorted([*names, *later]):
        digest.update((out / name).read_bytes())
    source = (WEB / 'sw.js').read_text()
    source = source.replace('@VERSION@', 'fovea-' + digest.hexdigest()[:16])
    hash_of = lambda name: base64_of(hashlib.sha256((out / name).read_bytes()).digest())
    listed = lambda some: ', '.join(f"'{name}': 'sha256-{hash_of(name)}'" for name in sorted(some))
    source = source.replace("'@LATER@': ''", listed(later))
    return source.replace("'@FILES@': ''", f"'./': 'sha256-{hash_of('index.html')}', {listed(names)}")


def main():
    out = pathlib.Path(sys.argv[1])
    nets = listed_nets()
    files = {path.name: path.read_bytes() for path in nets}
    nets_told = [net_entry(path) for path in nets]
    files['contents.json'] = json.dumps({'nets': nets_told, 'avif': False}).encode()
    files['selftest.json'] = json.dumps(known_answers()).encode()
    files['worker.js'] = (WEB / 'worker.js').read_bytes()
    files['example.jpg'] = (ROOT / 'examples/flower.jpg').read_bytes()
    for name in ['fovea-simd128.wasm', 'fovea-relaxed.wasm']:
        files[name] = (out / name).read_bytes()
    modules = [f'{name}.js' for name in module_order('app', [])]
    folder = dict(files)
    for name in PAGE + modules:
        folder[name] = (WEB / name).read_bytes()
    encoder = avif_encoder()
    folder['contents.json'] = json.dumps({'nets': nets_told, 'avif': bool(encoder)}).encode()
    for name, data in (folder | encoder).items():
        (out / name).write_bytes(data)
    (out / 'sw.js').write_text(service_worker(folder, encoder, out))
    (out / 'fovea.html').write_text(single_file(files))
    told = 'with AVIF' if encoder else 'without AVIF: npm @jsquash/avif is not in node_modules'
    print(f'web/build.py: {len(nets)} nets, {told}')


main()
