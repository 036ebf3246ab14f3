// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.runtime.tasks.meta;

import uk.ac.manchester.tornado.api.common.Access;
import uk.ac.manchester.tornado.runtime.domain.DomainTree;

/** What TornadoVM knows of a task. */
public class TaskDataContext extends AbstractRTContext {
    TaskDataContext() {
    }

    public Access[] getArgumentsAccess() {
        throw new UnsupportedOperationException();
    }

    public boolean hasDomain() {
        throw new UnsupportedOperationException();
    }

    public DomainTree getDomain() {
        throw new UnsupportedOperationException();
    }

    public void setDomain(DomainTree value) {
        throw new UnsupportedOperationException();
    }
}
