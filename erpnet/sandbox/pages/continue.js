document.getElementById("continue").submit();
