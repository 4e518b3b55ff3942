import assert from 'node:assert/strict';
import { test } from 'node:test';

import { defaultTitle, numbers, parseNames, parseTags } from '../src/defaults';

const text = (source: string | string[]) => ({ cell_type: 'markdown', source });
const code = (source: string) => ({ cell_type: 'code', source });

test('the title is the first heading, without its markup', () => {
  assert.equal(
    defaultTitle(
      [code('# comment'), text('Some words\n\n## Late *flights* of `NYC` ##')],
      'a.ipynb'
    ),
    'Late flights of NYC'
  );
  assert.equal(defaultTitle([text('# [Docs](https://example.org) ![x](y)')], 'a.ipynb'), 'Docs x');
  assert.equal(defaultTitle([text(['# 航班', '\n', 'x'])], 'a.ipynb'), '航班');
});

test('a hash in a block of code is no heading', () => {
  assert.equal(defaultTitle([text('```\n# no\n```\n# yes')], 'a.ipynb'), 'yes');
  assert.equal(defaultTitle([text('#no\n    # no')], 'dir/late flights.ipynb'), 'late flights');
});

test('without a heading the title is the name of the file', () => {
  assert.equal(defaultTitle([], 'deep/er/Report.2024.ipynb'), 'Report.2024');
});

test('tags are told apart by commas of both scripts, each once', () => {
  assert.deepEqual(parseTags(' flights, #delays，航班、flights,, '), ['flights', 'delays', '航班']);
  assert.deepEqual(parseTags(' , '), []);
});

test('names are told apart by commas of both scripts, each once', () => {
  assert.deepEqual(parseNames(' ada, Cem Özdemir，风控、ada;; '), ['ada', 'Cem Özdemir', '风控']);
});

test('cells are counted from one, and not all of many are named', () => {
  assert.equal(numbers([0, 4]), '1, 5');
  assert.equal(numbers([0, 1, 2], 2), '1, 2, …');
});
