// Brings Shopify's published GraphQL schemas, which the checks and the dev store's tests compare with.
//
// They lie in the package @shopify/dev-mcp, whose program and 350 MB of dependencies nobody needs here. So only its
// data is taken, through the ordinary npm client, and only if the package is byte for byte the one named below.
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const PACKAGE = '@shopify/dev-mcp@1.16.0';
const SHA512 = 'tqgRnK7sQhjew+htxtleTH23nXB5fZcsrhWgEkomsorGXvLOB2mh2upwZm8uzuTDNTZnqtLMe64yIwh6s2awtw==';
const SCHEMAS = ['admin_2026-10', 'customer_2026-10', 'storefront-graphql_2026-10'];

const root = path.resolve(import.meta.dirname, '..');
const target = path.join(root, 'node_modules', '@shopify', 'dev-mcp', 'dist', 'data');
const names = SCHEMAS.map((schema) => `package/dist/data/${schema}.json.gz`);

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'regulars-schema-'));
try {
  const printed = execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder, PACKAGE], {
    cwd: root,
    encoding: 'utf8',
  });
  const archive = path.join(folder, printed.trim().split('\n').pop());
  const found = createHash('sha512').update(fs.readFileSync(archive)).digest('base64');
  if (found !== SHA512) throw new Error(`${PACKAGE} is not the package that was reviewed: sha512 ${found}`);
  execFileSync('tar', ['-xzf', archive, '-C', folder, ...names]);
  fs.mkdirSync(target, {recursive: true});
  for (const name of names) fs.copyFileSync(path.join(folder, name), path.join(target, path.basename(name)));
} finally {
  fs.rmSync(folder, {recursive: true, force: true});
}
console.log(`Shopify's schemas are in ${path.relative(root, target)}: ${SCHEMAS.join(', ')}`);
