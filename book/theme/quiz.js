// Marks an answer as soon as it is given, unfolds the explanation, and keeps the score of the page.
// Without this script every answer can still be unfolded by hand.
document.querySelectorAll("form.quiz").forEach((form) => {
    const questions = [...form.querySelectorAll(".question")];
    const plain = (text) => text.trim().toLowerCase().replace(/\s+/g, " ");

    const judge = (question, given) => {
        const right = question.dataset.answer.split("\n").map(plain).includes(plain(given));
        question.classList.toggle("is-right", right);
        question.classList.toggle("is-wrong", !right);
        const summary = question.querySelector("summary");
        const verdict = summary.querySelector(".verdict") ?? summary.appendChild(document.createElement("span"));
        verdict.className = "verdict";
        verdict.textContent = right ? "right" : "not quite";
        question.querySelector("details").open = true;
        const answered = questions.filter((each) => each.matches(".is-right, .is-wrong")).length;
        const score = questions.filter((each) => each.matches(".is-right")).length;
        form.querySelector(".score").textContent =
            answered === questions.length ? `${score} of ${questions.length} right` : "";
    };

    form.addEventListener("submit", (event) => event.preventDefault());
    questions.forEach((question) => {
        question.addEventListener("change", ({ target }) => {
            if (target.value.trim() !== "") {
                judge(question, target.value);
            }
        });
        // The typing of an answer must not turn pages: mdBook listens to the arrow keys and to letters.
        question.addEventListener("keydown", (event) => {
            event.stopPropagation();
            if (event.key === "Enter" && event.target.type === "text") {
                event.preventDefault();
                event.target.blur();
            }
        });
    });
});
