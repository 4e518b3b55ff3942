import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOM = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const CATALOGUE = join(ROOM, 'lodge_lab', 'locale', 'zh_CN', 'LC_MESSAGES', 'lodge.json');

/** Every string that the plugins give to these methods of the translator. */
function messages(methods = ['__', '_n']): Set<string> {
  const found = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const called = node.expression.name.text;
      const first = node.arguments[0];
      if (methods.includes(called) && first && ts.isStringLiteralLike(first)) {
        found.add(first.text);
      }
    }
    ts.forEachChild(node, visit);
  };
  for (const name of readdirSync(ROOM, { recursive: true, encoding: 'utf8' })) {
    if (/^\w+\/src\/.*\.tsx?$/.test(name) && !name.endsWith('.d.ts')) {
      const source = readFileSync(join(ROOM, name), 'utf8');
      visit(ts.createSourceFile(name, source, ts.ScriptTarget.ES2022, true));
    }
  }
  return found;
}

const catalogue = JSON.parse(readFileSync(CATALOGUE, 'utf8')) as Record<string, unknown>;

test('every string has its Chinese', () => {
  const missing = [...messages()].filter(message => !(message in catalogue));
  assert.deepEqual(missing, []);
});

test('no Chinese is left over', () => {
  const known = messages();
  const unused = Object.keys(catalogue).filter(message => message && !known.has(message));
  assert.deepEqual(unused, []);
});

test('what is filled in is filled in in Chinese too', () => {
  for (const [message, translations] of Object.entries(catalogue)) {
    if (message) {
      const wanted = [...new Set(message.match(/%\d/g))].sort();
      assert.ok(Array.isArray(translations) && typeof translations[0] === 'string', message);
      const given = [...new Set((translations[0] as string).match(/%\d/g))].sort();
      assert.deepEqual(given, message.includes('%2') && given.length === 2 ? ['%1', '%2'] : wanted);
    }
  }
});

test('a string that counts has two forms: JupyterLab passes over one that has only one', () => {
  const counting = messages(['_n']);
  for (const [message, translations] of Object.entries(catalogue)) {
    if (message) {
      const forms = (translations as string[]).length;
      assert.equal(forms, counting.has(message) ? 2 : 1, message);
    }
  }
});
