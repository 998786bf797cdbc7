import { isRenewalDue } from './renewal';

it('renews an idle consumer soon, and then at every sixth look', () => {
  const looks = Array.from({ length: 31 }, (_, look) => look);
  expect(looks.filter(isRenewalDue)).toEqual([1, 2, 4, 6, 12, 18, 24, 30]);
});
