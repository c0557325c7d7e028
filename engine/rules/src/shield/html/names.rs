//! Names of HTML and of the browser's script environment, and what they mean in an injection.

use super::super::words::Words;

/// What an element does by being there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    /// Runs code or loads a document.
    Active,
    /// Changes how the page loads what it refers to, with the right attributes.
    Referring,
    /// Carries scripts among other, harmless things.
    Container,
}

/// The elements that matter.
pub(super) static ELEMENTS: Words<Option<Element>, 64> = Words::new(
    &[
        (
            Some(Element::Active),
            "applet bgsound embed fencedframe frame frameset iframe ilayer isindex layer object portal script \
            style vmlframe xi:include xsl:stylesheet xss",
        ),
        (Some(Element::Referring), "base import link meta param"),
        (Some(Element::Container), "math noscript svg xml"),
    ],
    None,
);

/// The names of event handlers, without `on`: those of the HTML standard, of SVG, of touch and pointer events, and of old browsers.
pub(super) static HANDLERS: Words<bool, 512> = Words::new(
    &[(
        true,
        "abort activate afterprint afterscriptexecute afterupdate animationcancel animationend \
         animationiteration animationstart auxclick beforeactivate beforecopy beforecut beforedeactivate \
         beforeeditfocus beforeinput beforematch beforepaste beforeprint beforescriptexecute beforetoggle \
         beforeunload beforeupdate begin blur bounce cancel canplay canplaythrough cellchange change click \
         close contentvisibilityautostatechange contextlost contextmenu contextrestored controlselect copy \
         cuechange cut dataavailable datasetchanged datasetcomplete dblclick deactivate devicelight \
         devicemotion deviceorientation drag dragdrop dragend dragenter dragexit dragleave dragover dragstart \
         drop durationchange emptied end ended error errorupdate filterchange finish focus focusin focusout \
         formchange formdata forminput fullscreenchange fullscreenerror gesturechange gestureend gesturestart \
         gotpointercapture hashchange help input invalid keydown keypress keyup languagechange layoutcomplete \
         load loadeddata loadedmetadata loadend loadstart losecapture lostpointercapture mediacomplete \
         mediaerror message messageerror mousedown mouseenter mouseleave mousemove mouseout mouseover mouseup \
         mousewheel move moveend movestart offline online outofsync page pagehide pagereveal pageshow \
         pageswap paste pause play playing pointercancel pointerdown pointerenter pointerleave pointermove \
         pointerout pointerover pointerrawupdate pointerup popstate progress propertychange ratechange \
         readystatechange rejectionhandled repeat reset resize resizeend resizestart resume reverse rowdelete \
         rowenter rowexit rowinserted rowsdelete rowsinserted scroll scrollend scrollsnapchange \
         scrollsnapchanging search securitypolicyviolation seek seeked seeking select selectionchange \
         selectstart show slotchange stalled start statuschange stop storage submit suspend synchrestored \
         timeerror timeout timeupdate toggle touchcancel touchend touchforcechange touchmove touchstart \
         trackchange transitioncancel transitionend transitionrun transitionstart unhandledrejection unload \
         urlflip visibilitychange volumechange waiting webkitanimationend webkitanimationiteration \
         webkitanimationstart webkitmouseforcechanged webkitmouseforcedown webkitmouseforceup \
         webkitmouseforcewillbegin webkitplaybacktargetavailabilitychanged webkittransitionend wheel zoom",
    )],
    false,
);

/// What a name of the script environment says where code could stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    /// Shows a box: the proof that an injection works, and hardly anything else in a request.
    Proof,
    /// Runs a string as code or makes one from codes.
    Evaluate,
    /// An object of the page whose members are worth stealing or changing.
    Page,
    /// The global object under one of its names.
    Global,
    /// Leads to the constructor of functions.
    Constructor,
    /// Calls the function that it is a member of.
    Method,
}

/// The names that matter.
pub(super) static SCRIPTS: Words<Option<Script>, 64> = Words::new(
    &[
        (Some(Script::Proof), "alert confirm msgbox prompt"),
        (
            Some(Script::Evaluate),
            "atob btoa eval execscript fromcharcode function importscripts setinterval settimeout",
        ),
        (Some(Script::Method), "call"),
        (Some(Script::Constructor), "constructor"),
        (
            Some(Script::Page),
            "document localstorage location navigator sessionstorage",
        ),
        (
            Some(Script::Global),
            "frames globalthis parent self this top window",
        ),
    ],
    None,
);

/// The members of the page that an attack reads or sets.
pub(super) static MEMBERS: Words<bool, 128> = Words::new(
    &[(
        true,
        "appendchild assign body cookie createelement defaultview documentelement documenturi domain forms \
         getelementbyid getelementsbytagname getitem hash head href images implementation innerhtml links \
         location open outerhtml queryselector referrer replace scripts search setitem url write writeln",
    )],
    false,
);

/// Elements that are harmless unless someone hides them.
pub(super) static SPELLED: Words<bool, 64> = Words::new(
    &[(
        true,
        "form img input button video audio dialog body html select textarea details marquee table image keygen",
    )],
    false,
);

/// The commands of server-side includes.
pub(super) static INCLUDES: Words<bool, 32> = Words::new(
    &[(
        true,
        "exec include set echo config printenv fsize flastmod if elif",
    )],
    false,
);
