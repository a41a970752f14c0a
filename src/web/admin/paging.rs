//! A page of a list that is ordered by name.

use serde::Deserialize;
use utoipa::IntoParams;

use super::body::Fields;

/// Most items on a page, and how many there are when nothing else is asked for.
const MAX_LIMIT: usize = 10_000;

/// Which part of a list.
#[derive(Deserialize, IntoParams)]
pub(super) struct Page {
    /// Those behind this one, in the order of the list.
    after: Option<String>,
    /// At most so many; never more than 10 000.
    limit: Option<usize>,
}

impl Fields for Page {}

impl Page {
    /// The items of this page and what to give as `after` for the next one; nothing when this is the last. `items` are
    /// in the order of their names. The item behind which the page begins need not be there any more.
    pub(super) fn of<T>(
        &self,
        items: impl Iterator<Item = T>,
        name: impl Fn(&T) -> String,
    ) -> (Vec<T>, Option<String>) {
        let limit = self.limit.unwrap_or(MAX_LIMIT).min(MAX_LIMIT);
        let behind = |item: &T| self.after.as_deref().is_none_or(|after| name(item).as_str() > after);
        let mut page: Vec<T> = items.filter(behind).take(limit.saturating_add(1)).collect();
        let more = page.len() > limit;
        page.truncate(limit);
        let next = page.last().filter(|_| more).map(name);
        (page, next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other_also_when_one_is_gone() {
        let names = ["a", "b", "c", "d"];
        let page = |after: Option<&str>, limit: Option<usize>| {
            let page = Page { after: after.map(str::to_owned), limit };
            page.of(names.into_iter(), |name| (*name).to_owned())
        };
        assert_eq!(page(None, None), (names.to_vec(), None));
        assert_eq!(page(None, Some(2)), (vec!["a", "b"], Some("b".into())));
        assert_eq!(page(Some("b"), Some(2)), (vec!["c", "d"], None));
        assert_eq!(page(Some("bb"), Some(1)), (vec!["c"], Some("c".into())));
        assert_eq!(page(None, Some(0)), (vec![], None));
    }
}
