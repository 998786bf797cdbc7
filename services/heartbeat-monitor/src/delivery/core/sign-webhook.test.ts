import { createHmac } from 'node:crypto';
import { signWebhook } from './sign-webhook';

it('signs the published example of Standard Webhooks', () => {
  const headers = signWebhook(
    {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      body: '{"test": 2432232314}',
      secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    },
    new Date(1_614_265_330_000),
  );
  expect(headers).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

it('uses any other secret as its own bytes, and signs with each of two', () => {
  const secrets = ['a secret of ours', 'the one before it'];
  const headers = signWebhook({ id: 'i', body: 'b', secrets }, new Date(5_999));
  const [first, second] = secrets.map((secret) => createHmac('sha256', secret).update('i.5.b').digest('base64'));
  expect(headers['webhook-signature']).toBe(`v1,${first} v1,${second}`);
});
