// Passkeys: a form with data-passkey asks the browser for a new one ("create") or for one it has ("get"), puts the answer
// into its hidden field and goes on. Options are in #passkey-options, or at the form's data-options address.

(() => {
  const named = !/^[\d.]+$|:/.test(location.hostname);  // a passkey belongs to a name, never to an IP address
  const able = named && window.isSecureContext && window.PublicKeyCredential?.parseRequestOptionsFromJSON;
  const UNABLE = "Passkeys need an up-to-date browser and the portal under a name with https (or localhost), not under an IP address.";

  function tell(form, text) {
    let line = form.querySelector("[data-passkey-fault]");
    if (!line) {
      line = document.createElement("p");
      line.dataset.passkeyFault = "";
      line.className = "text-bad mt-2 mb-0";
      line.setAttribute("role", "alert");
      form.append(line);
    }
    line.textContent = text;
  }

  async function optionsOf(form) {
    if (!form.dataset.options) {
      return JSON.parse(document.getElementById("passkey-options").textContent);
    }
    const answer = await fetch(form.dataset.options, { headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" } });
    if (!answer.ok) {
      throw new Error("The portal did not answer. Try again.");
    }
    return answer.json();
  }

  async function answer(form) {
    const options = await optionsOf(form);
    if (form.dataset.passkey === "get") {
      const request = (options.request_options ?? options).publicKey;
      return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(request) });
    }
    const creation = options.creation_options.publicKey;
    const alone = form.elements.passwordless?.checked ?? false;
    creation.authenticatorSelection = {
      ...creation.authenticatorSelection,
      residentKey: alone ? "required" : "discouraged",
      requireResidentKey: alone,
      ...(alone && { userVerification: "required" }),
    };
    return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(creation) });
  }

  function why(error) {
    if (error.name === "NotAllowedError") {
      return "The passkey was not used: cancelled, timed out, or there is none for this portal on this device.";
    }
    if (error.name === "InvalidStateError") {
      return "This device already has a passkey for you.";
    }
    return error.name === "SecurityError" ? UNABLE : error.message;
  }

  // Before all other listeners: the form goes on only once its hidden field is filled.
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("[data-passkey]") || form.elements.credential.value) {
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!able) {
      tell(form, UNABLE);
      return;
    }
    try {
      const credential = await answer(form);
      form.elements.credential.value = JSON.stringify(credential.toJSON());
      form.requestSubmit();
    } catch (error) {
      tell(form, why(error));
    }
  }, true);

  for (const form of document.querySelectorAll("[data-passkey][hidden]")) {
    form.hidden = !able;
  }
})();
