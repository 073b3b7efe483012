import tseslint from 'typescript-eslint';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';

/** Who may import whom (docs/architecture.md). Every folder of src/ and what it may know besides itself. */
const mayImport = {
  integrity: [],
  workers: [],
  media: ['integrity', 'workers'],
  faces: ['integrity'],
  detector: ['integrity'],
  verdict: [],
  analysis: ['media', 'faces', 'detector', 'verdict', 'workers'],
  share: ['verdict'],
  provenance: ['integrity', 'workers'],
  pwa: [],
  app: ['analysis', 'share', 'provenance', 'pwa', 'verdict'],
};

const folders = Object.keys(mayImport);
const directions = folders.map((folder) => {
  const forbidden = folders.filter((other) => other !== folder && !mayImport[folder].includes(other));
  return {
    files: [`src/${folder}/**/*.{ts,svelte}`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `^(\\.\\./)+(${forbidden.join('|')})(/|$)`,
              message: `src/${folder} must not know this folder; see "Who may know whom" in docs/architecture.md.`,
            },
            ...(folder === 'app' ? [] : [{ regex: '^svelte', message: 'Only src/app knows Svelte.' }]),
          ],
        },
      ],
    },
  };
});

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'public', '.cache'] },
  ...tseslint.configs.recommended,
  ...svelte.configs.recommended,
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: tseslint.parser }, globals: globals.browser },
  },
  {
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'no-undef': 'off',
      eqeqeq: 'error',
      // Some of what a component is given may be bound, and then be assigned to.
      'prefer-const': ['error', { destructuring: 'all' }],
    },
  },
  ...directions,
  {
    // What a command does, it does while it is loaded: then a constant below its functions is not there yet for them.
    files: ['scripts/**/*.ts', 'model-export/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'Program:has(CallExpression[callee.name=/^(readArguments|parseArgs)$/]) > FunctionDeclaration ~ :matches(VariableDeclaration, ClassDeclaration)',
          message: 'Commands have constants above all functions, which may use them before this line.',
        },
      ],
    },
  },
  {
    // model-export trains with the product's own network and verdict, and prepares data with the built pipeline.
    files: ['model-export/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: 'src/(media|faces|analysis|share|provenance|app|pwa)(/|$)',
              message: 'model-export may know detector and verdict only; crops come from the built pipeline.',
            },
          ],
        },
      ],
    },
  },
);
