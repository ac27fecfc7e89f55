// The worker half of the peer: one transaction per order, CONCURRENCY at a time, one point per unit of money.
import { Worker } from 'bullmq';
import pg from 'pg';

const { REDIS_SOCKET, PG_SOCKET_DIR, PG_USER, PG_DATABASE, CONCURRENCY = '10' } = process.env;
const concurrency = Number(CONCURRENCY);
const pool = new pg.Pool({ host: PG_SOCKET_DIR, user: PG_USER, database: PG_DATABASE, max: concurrency });

const ENTER = {
  name: 'enter',
  text: `INSERT INTO entries (shop, customer_id, order_id, points) VALUES ($1, $2, $3, $4)
         ON CONFLICT (shop, order_id) DO NOTHING`,
};
const CREDIT = {
  name: 'credit',
  text: `INSERT INTO balances (shop, customer_id, points) VALUES ($1, $2, $3)
         ON CONFLICT (shop, customer_id) DO UPDATE SET points = balances.points + excluded.points`,
};

new Worker(
  'orders',
  async (job) => {
    const { shop, body } = job.data;
    const order = JSON.parse(body);
    const net = order.line_items.reduce((sum, line) => sum + Number(line.price) * line.quantity, 0);
    const points = Math.floor(net);
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      const entered = await client.query({ ...ENTER, values: [shop, order.customer.id, order.id, points] });
      if (entered.rowCount === 1) await client.query({ ...CREDIT, values: [shop, order.customer.id, points] });
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    } finally {
      client.release();
    }
  },
  { connection: { path: REDIS_SOCKET }, concurrency },
);
process.on('SIGTERM', () => process.exit(0));
