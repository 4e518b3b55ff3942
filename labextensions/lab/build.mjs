// Builds the prebuilt extension into ../lodge_lab/labextension: the plugins by Jupyter's builder,
// and beside them the themes' style sheets, which JupyterLab serves as they are.
import { spawn } from 'node:child_process';
import { cp, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const output = join(here, '..', 'lodge_lab', 'labextension');

function build(flags) {
  const builder = require.resolve('@jupyter/builder/lib/build-labextension.js');
  const core = require.resolve('@jupyterlab/core-meta/core.package.json');
  const child = spawn(process.execPath, [builder, '--core-package-file', core, ...flags, here], {
    stdio: 'inherit'
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', code =>
      code === 0 ? resolve() : reject(new Error(`The build ended with code ${code}.`))
    );
  });
}

async function copyThemes() {
  const style = join(dirname(require.resolve('@lodge/theme/package.json')), 'style', 'themes');
  const themes = join(output, 'themes', '@lodge', 'lab');
  await mkdir(themes, { recursive: true });
  await cp(style, themes, { recursive: true });
}

const flags = process.argv.slice(2);
const building = build(flags.includes('--watch') ? ['--development', ...flags] : flags);
if (flags.includes('--watch')) {
  await copyThemes();
}
await building;
await copyThemes();
