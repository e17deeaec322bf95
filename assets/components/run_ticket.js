// Keeps the ticket of the run in this browser tab, over a reload.
watch('value', () => {
  const ticket = props.value?.ticket;
  try {
    if (ticket) sessionStorage.setItem('dlfd-run', ticket);
    else if (ticket === '') sessionStorage.removeItem('dlfd-run');
  } catch {
    // a browser that keeps nothing: a reload then shows the run by its address alone
  }
});
