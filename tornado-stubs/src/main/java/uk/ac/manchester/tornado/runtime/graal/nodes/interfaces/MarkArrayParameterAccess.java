// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.runtime.graal.nodes.interfaces;

import jdk.graal.compiler.nodes.ValueNode;
import uk.ac.manchester.tornado.api.common.Access;

/** A node that says what it does with a kernel's array. */
public interface MarkArrayParameterAccess {
    Access getArrayParameterAccess(ValueNode parameter);

    static ValueNode unwrapPi(ValueNode node) {
        throw new UnsupportedOperationException();
    }
}
