// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights.hub;

import java.net.URI;

/**
 * What the hub says about one file.
 *
 * @param url    where it is downloaded from
 * @param etag   64 hexadecimal digits: SHA-256 of the content; 40: Git's blob id, SHA-1 of a header and the content
 * @param size   bytes
 * @param commit the commit of the model's repository that it belongs to
 */
record RemoteFile(String name, URI url, String etag, long size, String commit) {
}
