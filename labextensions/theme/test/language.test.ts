import assert from 'node:assert/strict';
import { test } from 'node:test';

import { packOf } from '../src/pack';

test('a browser in simplified Chinese gets the Chinese pack', () => {
  for (const first of ['zh', 'zh-CN', 'zh-Hans-CN', 'zh-SG']) {
    assert.equal(packOf([first, 'en']), 'zh_CN');
  }
  for (const first of ['en-US', 'zh-TW', 'zh-Hant', 'de']) {
    assert.equal(packOf([first, 'zh-CN']), null);
  }
  assert.equal(packOf([]), null);
});
