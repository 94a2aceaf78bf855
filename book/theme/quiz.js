// Judges an answer when the reader asks for it, unfolds the explanation, and remembers what was answered.
// Without this script every answer can still be unfolded by hand.
document.querySelectorAll("form.quiz").forEach((form) => {
    const questions = [...form.querySelectorAll(".question")];
    const storage = `wirelab-quiz-${form.dataset.page}`;
    const plain = (text) => text.trim().toLowerCase().replace(/\s+/g, " ");

    // A browser may refuse to store anything; then nothing is remembered.
    const load = () => { try { return JSON.parse(localStorage.getItem(storage)) ?? {}; } catch { return {}; } };
    const store = (answers) => { try { localStorage.setItem(storage, JSON.stringify(answers)); } catch { /* see above */ } };

    const given = (question) =>
        (question.querySelector("input:checked") ?? question.querySelector("input[type=text]"))?.value.trim() ?? "";

    const show = (question, is) => {
        question.classList.toggle("is-right", is === true);
        question.classList.toggle("is-wrong", is === false);
        question.querySelector("details").open = is !== undefined;
        question.querySelector(".verdict").textContent =
            is === undefined ? "" : is ? "Right." : "Not quite: see below.";
        const right = questions.filter((each) => each.matches(".is-right")).length;
        const wrong = questions.filter((each) => each.matches(".is-wrong")).length;
        form.querySelector(".score").textContent =
            right + wrong === questions.length ? `${right} of ${questions.length} right` : "";
        again.hidden = right + wrong === 0;
    };

    const judge = (question) => {
        const answer = given(question);
        if (answer === "") {
            question.querySelector(".verdict").textContent = "Give an answer first.";
            return;
        }
        show(question, question.dataset.answer.split("\n").map(plain).includes(plain(answer)));
        store({ ...load(), [question.id]: answer });
    };

    const button = (text, action) => {
        const made = document.createElement("button");
        made.type = "button";
        made.textContent = text;
        made.addEventListener("click", action);
        return made;
    };

    const again = button("Start again", () => {
        store({});
        form.reset();
        questions.forEach((question) => show(question, undefined));
        questions[0].querySelector("input").focus();
    });
    again.hidden = true;
    form.append(again);

    const remembered = load();
    questions.forEach((question) => {
        question.querySelector(".verdict").before(button("Check", () => judge(question)));
        question.addEventListener("keydown", (event) => {
            // The typing of an answer must not turn pages: mdBook listens to the arrow keys and to letters.
            event.stopPropagation();
            if (event.key === "Enter" && event.target.matches("input")) {
                event.preventDefault();
                judge(question);
            }
        });
        const answer = remembered[question.id];
        if (answer !== undefined) {
            question.querySelectorAll("input").forEach((input) => {
                if (input.type === "text") {
                    input.value = answer;
                } else {
                    input.checked = input.value === answer;
                }
            });
            judge(question);
        }
    });
    form.addEventListener("submit", (event) => event.preventDefault());
});
