// Passes the events of a run in progress to the map, which may be hidden behind another view.
watch('value', () => {
  const map = document.querySelector('#map');
  for (const [name, detail] of props.value?.events ?? []) map?.dispatchEvent(new CustomEvent(name, { detail }));
});
