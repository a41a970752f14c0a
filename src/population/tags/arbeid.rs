//! Edge people of work and income: households at a limit of the reduced kindergarten payment, with a draft only, and
//! without data.

use super::Tags;

/// Sets the tags of this area.
pub(super) fn tag(tags: &mut Tags<'_>) {
    for (person, merke) in super::super::arbeid::merker(tags.base) {
        tags.set(person, merke);
    }
}
