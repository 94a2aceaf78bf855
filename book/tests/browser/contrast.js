// The texts on the page that are too close to their background in colour (WCAG 2.2, success criterion 1.4.3 AA), as
// an expression: a list of lines. Colours are mixed as the browser does it, from the root down.
(() => {
    document.querySelectorAll("details").forEach((each) => { each.open = true; });
    const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const known = new Map();
    // Any notation of a colour, as red, green, blue from 0 to 255 and alpha from 0 to 1.
    const read = (notation) => {
        if (!known.has(notation)) {
            context.clearRect(0, 0, 1, 1);
            context.fillStyle = notation;
            context.fillRect(0, 0, 1, 1);
            const [red, green, blue, alpha] = context.getImageData(0, 0, 1, 1).data;
            known.set(notation, [red, green, blue, alpha / 255]);
        }
        return known.get(notation);
    };
    const over = (below, [red, green, blue, alpha], opacity) =>
        [red, green, blue].map((part, at) => part * alpha * opacity + below[at] * (1 - alpha * opacity));
    const luminance = (colour) => {
        const [red, green, blue] = colour.map((part) => part / 255)
            .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const ratio = (one, other) => {
        const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
        return (light + 0.05) / (dark + 0.05);
    };
    const seen = new Map();
    // What lies behind the text of an element, and how opaque the element is.
    const behind = (element) => {
        if (!element) {
            return { colour: [255, 255, 255], opacity: 1 };
        }
        if (!seen.has(element)) {
            const below = behind(element.parentElement);
            const style = getComputedStyle(element);
            const opacity = below.opacity * style.opacity;
            seen.set(element, { colour: over(below.colour, read(style.backgroundColor), opacity), opacity });
        }
        return seen.get(element);
    };
    const faults = new Map();
    const judge = (element, text) => {
        const visible = { contentVisibilityAuto: true, visibilityProperty: true };
        if (text.trim() === "" || element.closest("svg, script, style, :disabled") || !element.checkVisibility(visible)) {
            return;
        }
        const style = getComputedStyle(element);
        const { colour, opacity } = behind(element);
        const pixels = parseFloat(style.fontSize);
        // 18 points, or 14 points and bold.
        const large = pixels >= 24 || (pixels >= 18.66 && style.fontWeight >= 700);
        const found = ratio(over(colour, read(style.color), opacity), colour);
        if (found < (large ? 3 : 4.5)) {
            const name = element.className === "" ? element.localName : `${element.localName}.${element.className}`;
            const fault = `${found.toFixed(2)}: ${style.color} on rgb(${colour.map(Math.round)}) in ${name}`;
            faults.set(fault, text.trim().slice(0, 30));
        }
    };
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        judge(texts.currentNode.parentElement, texts.currentNode.data);
    }
    document.querySelectorAll("input").forEach((each) => judge(each, each.value || each.placeholder));
    return [texts.root.innerText.length, [...faults]];
})()
