// Messages to storage values and back. Pure; errors as in protocol/messages.hpp.
#pragma once

#include "common/protocol/messages.hpp"
#include "storage/drive.hpp"

namespace ndisk::server {

[[nodiscard]] storage::Attributes attributes_of(const wire::Attributes& message);
[[nodiscard]] storage::Precondition precondition_of(const wire::Precondition& message);
// Without the receipt.
[[nodiscard]] wire::Committed to_wire(const storage::Committed& committed);
[[nodiscard]] wire::UploadInfo to_wire(const storage::UploadSummary& upload);

// Without the content, which the caller sets.
[[nodiscard]] Result<storage::SmallFile> small_file_of(const wire::PutSmall& message);
[[nodiscard]] Result<storage::UploadOffer> upload_offer_of(const wire::Offer& message);

}  // namespace ndisk::server
