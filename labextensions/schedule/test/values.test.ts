import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Parameter, ParameterType } from '@lodge/kit/src/types';
import { changedValues, parseText, toText } from '../src/values';

const parameter = (name: string, type: ParameterType, value: Parameter['default']): Parameter => ({
  name,
  type,
  default: value,
  default_source: '',
  help: ''
});

test('texts become values of their type', () => {
  const good: [ParameterType, string, unknown][] = [
    ['int', ' 1_000 ', 1000],
    ['int', '-3', -3],
    ['float', '1e3', 1000],
    ['float', '.5', 0.5],
    ['bool', 'true', true],
    ['bool', 'false', false],
    ['str', ' as it is ', ' as it is '],
    ['list', '["JFK", 1]', ['JFK', 1]],
    ['dict', '{"a": null}', { a: null }],
    ['other', '"x"', 'x'],
    ['other', ' 2026-01-31 ', '2026-01-31'],
    ['none', '3', 3]
  ];
  for (const [type, text, value] of good) {
    assert.deepEqual(parseText(type, text), { value }, `${type} ${text}`);
  }
});

test('texts of another type are told', () => {
  const bad: [ParameterType, string, string][] = [
    ['int', '', 'int'],
    ['int', '1.5', 'int'],
    ['int', '90071992547409930', 'int'],
    ['float', '', 'float'],
    ['float', 'Infinity', 'float'],
    ['list', '{}', 'list'],
    ['list', '[1,', 'list'],
    ['dict', '[]', 'dict'],
    ['dict', 'null', 'dict']
  ];
  for (const [type, text, problem] of bad) {
    assert.deepEqual(parseText(type, text), { problem }, `${type} ${text}`);
  }
});

test('only what was changed is sent', () => {
  const parameters = [
    parameter('day', 'str', '2013-01-01'),
    parameter('top', 'int', 5),
    parameter('verbose', 'bool', false),
    parameter('start', 'other', null),
    parameter('share', 'float', 0.25)
  ];
  const texts = Object.fromEntries(parameters.map(one => [one.name, toText(one)]));
  assert.deepEqual(changedValues(parameters, texts), { values: {}, problems: {} });
  assert.deepEqual(changedValues(parameters, { ...texts, top: '7', verbose: 'true', share: 'x' }), {
    values: { top: 7, verbose: true },
    problems: { share: 'float' }
  });
});

test('what a job sets already goes on being sent', () => {
  const top = parameter('top', 'int', 5);
  assert.deepEqual(changedValues([top], { top: '5' }, ['top']).values, { top: 5 });
});

test("a job's value stands in for the notebook's default", () => {
  assert.equal(toText(parameter('top', 'int', 5), 9), '9');
  assert.equal(toText(parameter('day', 'str', 'a'), 'b'), 'b');
  assert.equal(toText(parameter('day', 'str', 'a'), undefined), 'a');
});
