// Shopify's theme check over theme app extensions: `node tools/themecheck.mjs FOLDER...`; fails on errors only.
// `shopify app build` prints the same findings and succeeds all the same, so this is the gate.
import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {themeCheckRun} from '@shopify/theme-check-node';

const SEVERITIES = ['error', 'warning', 'info'];
let errors = 0;

for (const folder of process.argv.slice(2)) {
  const root = path.resolve(folder);
  const {offenses} = await themeCheckRun(root, 'theme-check:theme-app-extension', () => {});
  for (const offense of offenses) {
    const file = fileURLToPath(offense.uri);
    const line = fs.readFileSync(file, 'utf8').slice(0, offense.start.index).split('\n').length;
    const place = `${path.relative(process.cwd(), file)}:${line}`;
    console.log(`${place}: ${SEVERITIES[offense.severity]}: ${offense.check}: ${offense.message}`);
    if (offense.severity === 0) errors += 1;
  }
}
process.exit(errors ? 1 : 0);
