// The web half of the peer: Shopify's own express package checks the signature, BullMQ takes the order. WORKERS processes.
import cluster from 'node:cluster';
import express from 'express';
import { Queue } from 'bullmq';
import { shopifyApp } from '@shopify/shopify-app-express';
import { DeliveryMethod, LogSeverity } from '@shopify/shopify-api';

const { PORT, WORKERS = '2', REDIS_SOCKET, SHOPIFY_API_SECRET } = process.env;

if (cluster.isPrimary) {
  for (let i = 0; i < Number(WORKERS); i += 1) cluster.fork();
  process.on('SIGTERM', () => process.exit(0));
} else {
  const queue = new Queue('orders', { connection: { path: REDIS_SOCKET } });
  const shopify = shopifyApp({
    api: {
      apiKey: 'bench',
      apiSecretKey: SHOPIFY_API_SECRET,
      scopes: ['read_orders'],
      hostScheme: 'https',
      hostName: 'bench.example.com',
      apiVersion: '2026-10',
      logger: { level: LogSeverity.Error },
    },
    auth: { path: '/auth', callbackPath: '/auth/callback' },
    webhooks: { path: '/webhooks' },
  });
  const app = express();
  app.post(
    '/webhooks',
    ...shopify.processWebhooks({
      webhookHandlers: {
        ORDERS_CREATE: {
          deliveryMethod: DeliveryMethod.Http,
          callbackUrl: '/webhooks',
          callback: async (_topic, shop, body, webhookId) => {
            await queue.add('order', { shop, body }, { jobId: webhookId, removeOnComplete: true, removeOnFail: true });
          },
        },
      },
    }),
  );
  app.get('/healthz', (_request, response) => response.sendStatus(200));
  app.listen(Number(PORT), '127.0.0.1');
}
