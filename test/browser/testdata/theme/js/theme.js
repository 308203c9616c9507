document.documentElement.dataset.themeScript = document.querySelector('#app').childElementCount;
