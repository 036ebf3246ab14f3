// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

/**
 * A copy of an array to the GPU.
 *
 * @param device  address there
 * @param host    address here
 * @param bytes   how many
 * @param context the driver's, in which it was made
 */
record DeviceCopy(long device, long host, long bytes, long context) {
}
