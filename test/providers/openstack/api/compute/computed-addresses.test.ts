import { describe, expect, test } from 'vitest'
import {
  floatingIps,
  privateIpv4,
  privateIpv6,
  publicIpv4,
  publicIpv6,
  type ServerAddress,
} from '../../../../../providers/openstack/api/index.ts'

const fixed = (address: string, macAddress = 'm1'): ServerAddress => ({
  address,
  version: address.includes(':') ? 6 : 4,
  type: 'fixed',
  macAddress,
})
const floating = (address: string, macAddress = 'm1'): ServerAddress => ({
  ...fixed(address, macAddress),
  type: 'floating',
})
const untyped = (address: string): ServerAddress => ({ address, version: address.includes(':') ? 6 : 4 })

describe('the public IPv4 address', () => {
  test.each([
    ['is the access address, whatever else', { a: [floating('8.8.8.8')] }, {}, '9.9.9.9', '9.9.9.9'],
    ['is on an external network', { ext: [fixed('10.1.1.1')] }, { external: ['ext'] }, undefined, '10.1.1.1'],
    ['floats', { a: [fixed('10.0.0.4'), floating('172.24.4.5')] }, {}, undefined, '172.24.4.5'],
    ['is on the network public', { public: [untyped('10.9.9.9')] }, {}, undefined, '10.9.9.9'],
    [
      'is the first that is not private',
      { a: [fixed('10.0.0.4'), fixed('8.8.4.4')] },
      {},
      undefined,
      '8.8.4.4',
    ],
    [
      'is none',
      { a: [fixed('192.168.0.4'), fixed('100.64.1.1'), fixed('2001:db8::1')] },
      {},
      undefined,
      undefined,
    ],
  ])('%s', (_, addresses, networks, accessIpv4, expected) => {
    expect(publicIpv4({ addresses, accessIpv4 }, networks)).toBe(expected)
  })
})

describe('the private IPv4 address', () => {
  test.each([
    [
      'is behind the floating one',
      { a: [fixed('10.0.0.4', 'm1')], b: [fixed('10.1.0.4', 'm2'), floating('172.24.4.5', 'm2')] },
      {},
      '10.1.0.4',
    ],
    [
      'is on an internal network',
      { a: [fixed('10.0.0.4')], b: [fixed('10.1.0.4')] },
      { internal: ['b'] },
      '10.1.0.4',
    ],
    ['is on the network private', { a: [fixed('10.0.0.4')], private: [untyped('10.1.0.4')] }, {}, '10.1.0.4'],
    ['is the first private one', { a: [fixed('8.8.4.4'), fixed('10.0.0.4')] }, {}, '10.0.0.4'],
    ['is none', { a: [fixed('8.8.4.4')] }, {}, undefined],
  ])('%s', (_, addresses, networks, expected) => {
    expect(privateIpv4({ addresses }, networks)).toBe(expected)
  })
})

test('IPv6 addresses are public, for the site, or for the link', () => {
  const addresses = { a: [fixed('fe80::1'), fixed('fd00::1'), fixed('2001:db8::1')] }
  expect(publicIpv6({ addresses })).toBe('2001:db8::1')
  expect(publicIpv6({ addresses, accessIpv6: '2001:db8::2' })).toBe('2001:db8::2')
  expect(privateIpv6({ addresses })).toBe('fd00::1')
  expect(publicIpv6({ addresses: {} })).toBeUndefined()
})

test('all floating addresses, in all networks', () => {
  const addresses = { a: [fixed('10.0.0.4'), floating('1.1.1.1')], b: [floating('2.2.2.2')] }
  expect(floatingIps({ addresses })).toEqual(['1.1.1.1', '2.2.2.2'])
})
