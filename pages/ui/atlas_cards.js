/* A grid of cards, each a link to its entry. Cards are made once; later data only fill in their pictures. */

export default function ({ data, parentElement, setTriggerValue }) {
  const list = parentElement.querySelector("ul")
  const made = new Map([...list.children].map(item => [item.dataset.id, item]))
  const items = data.cards.map(card => {
    const item = made.get(card.id) ?? make(card)
    show(item, card)
    return item
  })
  if (items.length !== list.children.length || items.some((item, at) => list.children[at] !== item))
    list.replaceChildren(...items)
  if (data.focus && !made.size) list.querySelector(`[data-id="${CSS.escape(data.focus)}"] a`)?.focus()
  follow(list, setTriggerValue)
}

function make(card) {
  const item = element("li")
  item.dataset.id = card.id
  const link = element("a")
  link.href = location.pathname + card.query
  if (card.picture !== undefined) {
    const picture = element("div", "picture")
    picture.append(element("img"), element("span", "note"))
    link.append(picture)
  }
  const body = element("div", "body"), title = element("h3", "", card.title), text = element("p", "", card.text)
  const tags = element("div", "tags")
  tags.append(...card.tags.map(tag => element("span", "", tag)))
  body.append(title, text)
  if (card.tags.length) body.append(tags)
  title.id = `title-${card.id}`
  text.id = `text-${card.id}`
  link.setAttribute("aria-labelledby", title.id)
  link.setAttribute("aria-describedby", text.id)
  link.append(body)
  item.append(link)
  return item
}

function show(item, card) {
  const picture = item.querySelector(".picture")
  if (!picture) return
  const image = picture.querySelector("img"), note = picture.querySelector(".note")
  picture.classList.toggle("waiting", card.picture === null)
  const drawn = card.picture?.src
  if (drawn && image.getAttribute("src") !== drawn) image.src = drawn
  if (!drawn) image.removeAttribute("src")
  image.alt = card.picture?.alt ?? ""
  note.textContent = card.picture?.note ?? ""
}

function element(name, className = "", text = "") {
  const made = document.createElement(name)
  if (className) made.className = className
  if (text) made.textContent = text
  return made
}
