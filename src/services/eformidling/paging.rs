//! Pages of lists, exactly as the framework behind the real API writes them (`specs/eformidling.md` §1.1).

use std::cmp::Ordering;

use serde_json::{Value, json};

use super::faults::Fault;

/// Largest page; a larger wish is cut to it.
const MAX_SIZE: u64 = 2000;
/// Size of a page when none is asked for.
const DEFAULT_SIZE: u64 = 10;

/// Which part of a list is asked for, and in which order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct PageRequest {
    page: u64,
    size: u64,
    /// Property and whether descending.
    sort: Vec<(String, bool)>,
}

impl PageRequest {
    /// Reads `page`, `size` and `sort`. What is no number, or negative, counts as not given.
    pub(super) fn read(query: &[(String, String)]) -> Self {
        let number = |name: &str| {
            query.iter().find(|(key, _)| key == name).and_then(|(_, value)| value.trim().parse::<u64>().ok())
        };
        let sort = query
            .iter()
            .filter(|(key, _)| key == "sort")
            .flat_map(|(_, value)| {
                let mut words: Vec<&str> = value.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
                let last = words.last().map(|word| word.to_ascii_lowercase());
                let descending = last.as_deref() == Some("desc");
                if matches!(last.as_deref(), Some("asc" | "desc")) {
                    words.pop();
                }
                words.into_iter().map(|word| (word.to_owned(), descending)).collect::<Vec<_>>()
            })
            .collect();
        Self {
            page: number("page").unwrap_or(0),
            size: number("size").filter(|size| *size > 0).unwrap_or(DEFAULT_SIZE).min(MAX_SIZE),
            sort,
        }
    }

    /// The page of `items`, which stand in the list's own order. `sorted` says whether that order counts as one.
    /// Only what is on the page is rendered, unless the caller sorts by something else.
    ///
    /// # Errors
    /// 400 for a property no item has.
    pub(super) fn page<T>(
        &self,
        items: Vec<T>,
        sorted: bool,
        kind: &'static str,
        properties: &[&str],
        render: impl Fn(&T) -> Value,
    ) -> Result<Value, Fault> {
        for (property, _) in &self.sort {
            if !properties.contains(&property.as_str()) {
                return Err(Fault::unknown_property(property, kind));
            }
        }
        let total = items.len() as u64;
        let first = self.page.saturating_mul(self.size);
        let window = |len: usize| {
            let from = usize::try_from(first).unwrap_or(usize::MAX).min(len);
            from..len.min(from.saturating_add(usize::try_from(self.size).unwrap_or(usize::MAX)))
        };
        let content: Vec<Value> = if self.sort.is_empty() {
            items[window(items.len())].iter().map(&render).collect()
        } else {
            let mut all: Vec<Value> = items.iter().map(&render).collect();
            all.sort_by(|a, b| self.compare(a, b));
            all[window(all.len())].to_vec()
        };
        Ok(self.envelope(content, total, sorted || !self.sort.is_empty()))
    }

    fn compare(&self, a: &Value, b: &Value) -> Ordering {
        let key = |value: &Value, property: &str| match &value[property] {
            Value::Number(number) => (number.as_u64().unwrap_or(0), String::new()),
            Value::String(text) => (0, text.clone()),
            other => (0, other.to_string()),
        };
        self.sort
            .iter()
            .map(|(property, descending)| {
                let order = key(a, property).cmp(&key(b, property));
                if *descending { order.reverse() } else { order }
            })
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }

    fn envelope(&self, content: Vec<Value>, total: u64, sorted: bool) -> Value {
        let sort = json!({ "sorted": sorted, "unsorted": !sorted, "empty": !sorted });
        let pages = total.div_ceil(self.size);
        let count = content.len();
        json!({
            "content": content,
            "pageable": {
                "sort": sort,
                "pageNumber": self.page,
                "pageSize": self.size,
                "offset": self.page.saturating_mul(self.size),
                "paged": true,
                "unpaged": false,
            },
            "totalElements": total,
            "totalPages": pages,
            "last": self.page.saturating_add(1) >= pages,
            "first": self.page == 0,
            "size": self.size,
            "number": self.page,
            "sort": sort,
            "numberOfElements": count,
            "empty": count == 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(query: &str, items: u64) -> Value {
        let query: Vec<(String, String)> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        let render = |n: &u64| json!({ "id": n, "name": format!("n{n}") });
        PageRequest::read(&query).page((0..items).collect(), true, "Item", &["id", "name"], render).unwrap()
    }

    #[test]
    fn an_empty_list_has_every_member_of_the_contract() {
        let sort = json!({"sorted": true, "unsorted": false, "empty": false});
        let expected = json!({
            "content": [],
            "pageable": { "sort": sort, "pageNumber": 0, "pageSize": 10, "offset": 0, "paged": true, "unpaged": false },
            "totalElements": 0, "totalPages": 0, "last": true, "first": true,
            "size": 10, "number": 0, "sort": sort, "numberOfElements": 0, "empty": true,
        });
        assert_eq!(page("", 0), expected);
        let names: Vec<String> = expected.as_object().unwrap().keys().cloned().collect();
        assert_eq!(page("", 0).as_object().unwrap().keys().cloned().collect::<Vec<_>>(), names, "order of members");
    }

    #[test]
    fn edges_of_pages() {
        // query, items → (ids, totalPages, last, first, size)
        for (query, items, ids, pages, last, first, size) in [
            ("", 25, (0..10).collect::<Vec<u64>>(), 3, false, true, 10),
            ("page=2", 25, (20..25).collect(), 3, true, false, 10),
            ("page=3", 25, vec![], 3, true, false, 10),
            ("page=99999999999999", 1, vec![], 1, true, false, 10),
            ("size=5000", 3, vec![0, 1, 2], 1, true, true, 2000),
            ("size=0&page=-1", 3, vec![0, 1, 2], 1, true, true, 10),
            ("size=x&page=y", 3, vec![0, 1, 2], 1, true, true, 10),
            ("size=1&page=1", 3, vec![1], 3, false, false, 1),
            ("sort=id,desc&size=2", 3, vec![2, 1], 2, false, true, 2),
            ("sort=name,DESC&size=1", 3, vec![2], 3, false, true, 1),
        ] {
            let page = page(query, items);
            let got: Vec<u64> = page["content"].as_array().unwrap().iter().map(|i| i["id"].as_u64().unwrap()).collect();
            assert_eq!(got, ids, "{query}");
            assert_eq!(page["totalPages"], pages, "{query}");
            assert_eq!((&page["last"], &page["first"]), (&json!(last), &json!(first)), "{query}");
            assert_eq!(page["size"], size, "{query}");
            assert_eq!(page["empty"], json!(ids.is_empty()), "{query}");
        }
    }

    #[test]
    fn an_unknown_property_is_the_callers_fault() {
        let query = [("sort".to_owned(), "colour".to_owned())];
        let fault = PageRequest::read(&query).page(vec![1], true, "Item", &["id"], |n| json!({ "id": n }));
        assert_eq!(fault.unwrap_err().status, 400);
    }
}
