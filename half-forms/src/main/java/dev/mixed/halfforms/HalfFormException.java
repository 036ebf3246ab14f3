// SPDX-License-Identifier: Apache-2.0
package dev.mixed.halfforms;

import com.sun.source.tree.Tree;

/** A method that has no half form, with the place in its source that the compiler shows. */
final class HalfFormException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Tree tree;

    HalfFormException(String message, Tree tree) {
        super(message);
        this.tree = tree;
    }

    Tree tree() {
        return tree;
    }
}
