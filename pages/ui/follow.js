/* A plain click on a link posts the address it leads to. A click that asks for a new tab or window stays an
   ordinary click on an ordinary link. */
function follow(root, setTriggerValue) {
  root.onclick = event => {
    const link = event.target.closest("a")
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    setTriggerValue("go", link.href)
  }
}
