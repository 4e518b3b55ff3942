// Added to the builder's own configuration: TypeScript goes straight into the bundle, so that a
// build needs no compile step of its own; `npm run check:types` holds the types.
module.exports = {
  // Ours stand under the repository's license.
  ignoreWarnings: [/could not find any license file for @lodge\//],
  resolve: { extensions: ['.ts', '.tsx', '.js', '.json'] },
  module: {
    rules: [
      {
        test: /\.tsx?$/,
        loader: 'builtin:swc-loader',
        options: {
          jsc: {
            parser: { syntax: 'typescript', tsx: true },
            target: 'es2022',
            transform: { react: { runtime: 'classic' } }
          }
        },
        type: 'javascript/auto'
      },
      { test: /\.svg$/, issuer: /\.tsx?$/, type: 'asset/source' }
    ]
  }
};
