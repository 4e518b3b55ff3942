// Builds what frames of a share's page draw with into ../lodge_services/shares/libraries: a script
// and a style sheet for each kind, whole, so that a frame asks for nothing else.
import { build } from 'esbuild';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const output = join(here, '..', 'lodge_services', 'shares', 'libraries');
const folders = new Set();

// Where a package lies: some tell none of their files but by exports.
function folderOf(name, from = here) {
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at, 'node_modules', name);
    if (existsSync(join(folder, 'package.json'))) {
      folders.add(folder);
      return folder;
    }
    if (at === dirname(at)) {
      throw new Error(`There is no package ${name}; npm ci installs it.`);
    }
  }
}

// Pictures and fonts stand within style sheets; of fonts only the form that browsers of today take.
const shared = {
  bundle: true,
  minify: true,
  metafile: true,
  outdir: output,
  target: 'es2022',
  format: 'iife',
  logLevel: 'warning',
  legalComments: 'none',
  define: { 'process.env.NODE_ENV': '"production"', global: 'window' },
  loader: {
    '.png': 'dataurl',
    '.gif': 'dataurl',
    '.svg': 'dataurl',
    '.woff2': 'dataurl',
    '.woff': 'empty',
    '.ttf': 'empty',
    '.eot': 'empty'
  }
};

// Scripts ask for style sheets where they run; here those come by themselves.
const styleless = {
  name: 'styleless',
  setup(builder) {
    builder.onResolve({ filter: /\.css$/ }, found =>
      found.kind === 'require-call' ? { path: found.path, namespace: 'styleless' } : undefined
    );
    builder.onLoad({ filter: /.*/, namespace: 'styleless' }, () => ({ contents: '' }));
  }
};

// Of Bootstrap 3 the icons alone, which folium's markers have by default.
const glyphicons = {
  name: 'glyphicons',
  setup(builder) {
    builder.onResolve({ filter: /^glyphicons$/ }, () => ({
      path: join(folderOf('glyphicons'), 'dist', 'css', 'bootstrap.css')
    }));
    builder.onLoad({ filter: /glyphicons[/\\]dist[/\\]css[/\\]bootstrap\.css$/ }, async found => {
      const text = await readFile(found.path, 'utf8');
      const rules = text.match(/@font-face \{[^}]*Glyphicons[^}]*\}|\.glyphicon[^{}]*\{[^}]*\}/g);
      return { contents: rules.join('\n'), loader: 'css', resolveDir: dirname(found.path) };
    });
  }
};

async function bundle(name) {
  const entryPoints = [join(here, 'src', `${name}.mjs`)];
  const built = await build({ ...shared, entryPoints, plugins: [styleless, glyphicons] });
  for (const path of Object.keys(built.metafile.inputs)) {
    // Paths with a word before them are of modules that are left out.
    const found = /^([^:]*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path);
    if (found !== null) {
      folders.add(join(process.cwd(), found[1]));
    }
  }
}

async function bokeh() {
  const folder = join(folderOf('@bokeh/bokehjs'), 'build', 'js');
  const parts = { bokeh: ['bokeh', 'bokeh-widgets', 'bokeh-tables'], 'bokeh-gl': ['bokeh-gl'] };
  for (const [name, files] of Object.entries({ ...parts, 'bokeh-mathjax': ['bokeh-mathjax'] })) {
    const texts = files.map(file => readFile(join(folder, `${file}.min.js`), 'utf8'));
    const text = (await Promise.all(texts)).join('\n');
    await writeFile(join(output, `${name}.js`), text.replace(/^\/\/# sourceMappingURL=.*$/gm, ''));
  }
}

// Their authors' terms go with the libraries.
async function licences() {
  const pieces = [];
  for (const folder of [...folders].sort()) {
    const about = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    const names = readdirSync(folder).filter(name => /^(licen[cs]e|notice|copying)/i.test(name));
    const texts = await Promise.all(names.map(name => readFile(join(folder, name), 'utf8')));
    const licence = about.license ?? about.licenses?.map(one => one.type).join(', ') ?? 'see below';
    pieces.push([`${about.name} ${about.version}: ${licence}`, ...texts].join('\n\n'));
  }
  const rule = `\n\n${'-'.repeat(80)}\n\n`;
  await writeFile(join(output, 'LICENCES.txt'), `${pieces.join(rule)}\n`);
}

await rm(output, { recursive: true, force: true });
await mkdir(output, { recursive: true });
await Promise.all([bundle('widgets'), bundle('maps'), bokeh()]);
await licences();
