import { createHmac } from 'node:crypto';
import { signWebhook } from './sign-webhook';

it('signs the published example of Standard Webhooks', () => {
  const headers = signWebhook(
    {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      body: '{"test": 2432232314}',
      secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    },
    new Date(1_614_265_330_000),
  );
  expect(headers).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

it('uses any other secret as its own bytes', () => {
  const headers = signWebhook({ id: 'i', body: 'b', secret: 'a secret of ours' }, new Date(5_999));
  const expected = createHmac('sha256', 'a secret of ours').update('i.5.b').digest('base64');
  expect(headers['webhook-signature']).toBe(`v1,${expected}`);
});
