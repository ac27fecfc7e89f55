import {defineConfig} from 'vitest/config';

export default defineConfig({
  esbuild: {jsx: 'automatic', jsxImportSource: 'preact'},
  define: {'process.env.APP_URL': JSON.stringify('https://app.example')},
  test: {
    environment: 'jsdom',
    include: ['*/tests/**/*.test.jsx'],
    server: {deps: {inline: [/@shopify\/ui-extensions-tester/]}},
  },
});
