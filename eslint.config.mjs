import js from '@eslint/js';
import jupyter from '@jupyter/eslint-plugin';
import ts from 'typescript-eslint';

export default ts.config(
  { ignores: ['labextensions/lodge_lab/**', 'labextensions/kit/{schema,src/wire}/**'] },
  { files: ['**/*.{ts,tsx,mjs,cjs}'], extends: [js.configs.recommended] },
  { plugins: { jupyter } },
  ...jupyter.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [...ts.configs.recommended],
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      eqeqeq: ['error', 'always'],
      // Dialogs are loaded when first asked for; what else plugins import, activation needs at once.
      'jupyter/prefer-lazy-imports': 'off'
    }
  },
  {
    files: ['**/*.{mjs,cjs}'],
    languageOptions: {
      globals: { console: 'readonly', module: 'writable', process: 'readonly', URL: 'readonly' }
    }
  }
);
