/* A few links in a row. They are made again only when they change, so that none loses the focus. */

export default function ({ data, parentElement, setTriggerValue }) {
  const row = parentElement.querySelector(".row"), wanted = JSON.stringify(data)
  if (row.dataset.made !== wanted) {
    row.dataset.made = wanted
    row.classList.toggle("pills", data.pills)
    row.role = data.pills ? "list" : "none"
    row.replaceChildren(...data.links.map(link => place(make(link), data.pills)))
  }
  follow(row, setTriggerValue)
}

function place(link, listed) {
  const item = document.createElement("div")
  item.role = listed ? "listitem" : "none"
  item.append(link)
  return item
}

function make({ label, query, icon }) {
  const link = document.createElement("a")
  link.href = location.pathname + query
  if (icon) {
    const sign = document.createElement("span")
    sign.className = "icon"
    sign.textContent = icon
    sign.translate = false
    sign.ariaHidden = "true"
    link.append(sign)
  }
  link.append(label)
  return link
}
