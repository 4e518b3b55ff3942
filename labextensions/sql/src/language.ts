/** Python whose body is SQL; loaded with the first `%%sql` cell. */
import { pythonLanguage } from '@codemirror/lang-python';
import { StandardSQL } from '@codemirror/lang-sql';
import type { Extension } from '@codemirror/state';
import { Prec } from '@codemirror/state';
import { language } from '@codemirror/language';
import { parseMixed } from '@lezer/common';

import { LONGEST } from './cell';

const sqlCell = pythonLanguage.configure({
  wrap: parseMixed((node, input) => {
    if (!node.type.isTop) {
      return null;
    }
    const end = input.read(0, Math.min(input.length, LONGEST)).indexOf('\n');
    return end < 0 || end + 1 >= node.to
      ? null
      : { parser: StandardSQL.language.parser, overlay: [{ from: end + 1, to: node.to }] };
  })
});

/** Takes the place of the editor's own language. */
export const sqlCellLanguage: Extension = Prec.highest(language.of(sqlCell));
