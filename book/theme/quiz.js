// Marks an answer as soon as it is given, unfolds the explanation, and keeps the score of the page.
// Without this script every answer can still be unfolded by hand.
document.querySelectorAll("form.quiz").forEach((form) => {
    const fields = [...form.querySelectorAll("fieldset")];
    const plain = (text) => text.trim().toLowerCase().replace(/\s+/g, " ");

    const judge = (field, given) => {
        const right = field.dataset.answer.split("\n").map(plain).includes(plain(given));
        field.classList.toggle("right", right);
        field.classList.toggle("wrong", !right);
        const summary = field.querySelector("summary");
        const verdict = summary.querySelector(".verdict") ?? summary.appendChild(document.createElement("span"));
        verdict.className = "verdict";
        verdict.textContent = right ? "right" : "not quite";
        field.querySelector("details").open = true;
        const answered = fields.filter((each) => each.matches(".right, .wrong")).length;
        const score = fields.filter((each) => each.matches(".right")).length;
        form.querySelector(".score").textContent =
            answered === fields.length ? `${score} of ${fields.length} right` : "";
    };

    form.addEventListener("submit", (event) => event.preventDefault());
    fields.forEach((field) => {
        field.addEventListener("change", ({ target }) => {
            if (target.value.trim() !== "") {
                judge(field, target.value);
            }
        });
        // The typing of an answer must not turn pages: mdBook listens to the arrow keys and to letters.
        field.addEventListener("keydown", (event) => {
            event.stopPropagation();
            if (event.key === "Enter" && event.target.type === "text") {
                event.preventDefault();
                event.target.blur();
            }
        });
    });
});
