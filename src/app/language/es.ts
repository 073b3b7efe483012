/** Las palabras de la página en español. */
import type { en } from './en.ts';
import { plural } from './plural.ts';

/** IPTC digital source types, as Content Credentials name them. */
const SOURCES = new Map(
  Object.entries({
    trainedAlgorithmicMedia: 'generado por IA',
    compositeWithTrainedAlgorithmicMedia: 'compuesto de partes, algunas generadas por IA',
    compositeSynthetic: 'compuesto de partes, algunas sintéticas',
    algorithmicMedia: 'generado por un programa, sin modelo entrenado',
    algorithmicallyEnhanced: 'mejorado por un programa',
    digitalCapture: 'grabado con una cámara digital',
    computationalCapture: 'grabado con una cámara digital que calcula sus imágenes',
    compositeCapture: 'compuesto de grabaciones de cámara',
    composite: 'compuesto de partes',
    screenCapture: 'grabado de una pantalla',
    virtualRecording: 'grabado en un espacio virtual',
    negativeFilm: 'digitalizado de película negativa',
    positiveFilm: 'digitalizado de película positiva',
    print: 'digitalizado de una copia impresa',
    humanEdits: 'editado por una persona',
    digitalCreation: 'creado por una persona con herramientas digitales',
    dataDrivenMedia: 'hecho a partir de datos',
  }),
);

/** Actions of the C2PA specification. */
const ACTIONS = new Map(
  Object.entries({
    'c2pa.created': 'creado',
    'c2pa.opened': 'abierto',
    'c2pa.edited': 'editado',
    'c2pa.edited.metadata': 'datos editados',
    'c2pa.placed': 'partes añadidas',
    'c2pa.removed': 'partes quitadas',
    'c2pa.deleted': 'partes borradas',
    'c2pa.addedText': 'texto añadido',
    'c2pa.trimmed': 'acortado',
    'c2pa.cropped': 'recortado',
    'c2pa.resized': 'cambiado de tamaño',
    'c2pa.orientation': 'girado',
    'c2pa.filtered': 'filtrado',
    'c2pa.color_adjustments': 'colores ajustados',
    'c2pa.adjustedColor': 'color ajustado',
    'c2pa.enhanced': 'mejorado',
    'c2pa.drawing': 'dibujado encima',
    'c2pa.dubbed': 'doblado',
    'c2pa.translated': 'traducido',
    'c2pa.redacted': 'partes de la declaración suprimidas',
    'c2pa.watermarked': 'con marca de agua',
    'c2pa.converted': 'convertido a otro formato',
    'c2pa.transcoded': 'codificado de nuevo',
    'c2pa.repackaged': 'reempaquetado',
    'c2pa.published': 'publicado',
    'c2pa.unknown': 'algo que no se nombra',
  }),
);

export const es: typeof en = {
  name: 'Clearframe',
  tagline: '¿Muestran los rostros de un video señales de manipulación?',
  start: {
    drop: 'Suelte un video aquí',
    pick: 'Analice un video de este dispositivo',
    dropNow: 'Suéltelo para analizarlo',
    choose: 'Elegir un video',
    chooseFolder: 'o una carpeta entera',
    sample: 'Probar con un video de muestra',
    sampleName: 'sample.mp4',
    sharedEmpty:
      'La aplicación que compartió el video entregó un archivo vacío. Guarde primero el video en este dispositivo y elíjalo aquí.',
    sharedNoRoom:
      'En este dispositivo no había espacio suficiente para recibir lo que se compartió. Elíjalo aquí: para eso no hace falta espacio.',
    paste: 'o pegue uno con Ctrl+V (⌘V en un Mac)',
    points: [
      ['Se queda aquí', 'El video se lee solo en este dispositivo. No se sube nada y no se avisa a nadie.'],
      [
        'Mira los rostros',
        'Una red neuronal sigue cada rostro y busca huellas de sustitución y de animación ajena.',
      ],
      [
        'Puede equivocarse',
        'No puede demostrar que un video sea genuino, no oye el sonido y no juzga la escena.',
      ],
    ],
    noModel:
      'Esta copia de Clearframe se hizo sin detector, así que no puede juzgar videos. En docs/retrain.md se explica cómo entrenar o añadir uno.',
  },
  running: {
    title: (name) => `Analizando ${name}`,
    waiting: (count) =>
      plural('es', count, { one: `${count} archivo espera`, other: `${count} archivos esperan` }),
    cancel: 'Cancelar',
    stages: {
      load: 'Cargando el detector',
      hash: 'Calculando la huella del archivo',
      decode: 'Buscando rostros',
      score: 'Juzgando los rostros',
    },
    faces: (searched, withFace) => `Fotogramas con un rostro: ${withFace} de ${searched}`,
    elapsed: (seconds) => `${seconds} hasta ahora`,
    still: 'Hace un rato que nada avanza. Si sigue así, el análisis terminará por sí solo y dirá por qué.',
  },
  outcomes: {
    strong: {
      title: 'Señales fuertes de manipulación',
      meaning:
        'Al menos un rostro lleva, con claridad, huellas que este detector conoce de videos manipulados.',
      next: 'No se fíe solo de esto. Busque el original y otras grabaciones del mismo momento, y consulte a un especialista antes de publicar o acusar. Si tiene un video genuino de la misma cámara, compruébelo también: si también queda señalado, la causa puede ser la cámara.',
    },
    some: {
      title: 'Algunas señales de manipulación',
      meaning:
        'Al menos un rostro lleva huellas propias de los videos manipulados, pero que a veces también aparecen en videos genuinos.',
      next: 'Es un motivo para mirar con más atención, no una conclusión. Una copia mejor del video, más cercana a su origen, puede decir más. Si tiene un video genuino de la misma cámara, compruébelo también: si también queda señalado, la causa puede ser la cámara.',
    },
    none: {
      title: 'No se hallaron señales',
      meaning:
        'El detector no halló más huellas de manipulación que las que tienen los videos genuinos. Eso no significa que el video sea genuino.',
      next: 'Una manipulación de un tipo que no conoce, o tapada por la compresión, se vería igual. Compruebe de dónde viene el video.',
    },
    'cannot-tell': {
      title: 'No se puede saber',
      meaning: 'No hay veredicto en ningún sentido.',
      next: '',
    },
  },
  errorRate: {
    title: 'Con qué frecuencia se equivoca',
    'false-alarm': ({ smallFace, ofHundred, low, high, clips }) =>
      `De cada 100 videos genuinos${smallFace ? ' con rostros tan pequeños como este' : ''}, unos ${ofHundred} (entre ${low} y ${high}) quedan señalados por error en este nivel. Se contó con ${clips} videos; con otros pueden ser más.`,
    miss: ({ smallFace, ofHundred, low, high, clips }) =>
      `De cada 100 videos manipulados${smallFace ? ' con rostros tan pequeños como este' : ''}, unos ${ofHundred} (entre ${low} y ${high}) también reciben esta respuesta. Se contó con ${clips} videos; con otros pueden ser más.`,
    mostMissed: ({ smallFace }) =>
      `La mayoría de los videos manipulados${smallFace ? ' con rostros tan pequeños como este' : ''} también recibe esta respuesta.`,
  },
  reasons: {
    empty_file:
      'El archivo está vacío. Es probable que la descarga o la copia no terminara: consígalo de nuevo.',
    not_a_video: 'Esto no es un archivo de video, diga lo que diga su nombre. Elija el video mismo.',
    image_file:
      'Esto es una imagen, no un video. Clearframe solo juzga rostros en movimiento: elija el video del que se tomó la imagen, si lo hay.',
    no_video_track: 'El archivo contiene sonido, pero no imágenes. Elija un archivo con video.',
    file_damaged:
      'El archivo está dañado o cortado y no se pudo leer ningún fotograma. Consígalo de nuevo en su origen.',
    file_encrypted:
      'El video está cifrado y Clearframe no tiene la clave. Las películas de tiendas y servicios de streaming suelen estar protegidas así. Elija una copia sin protección o grabe de la pantalla la parte en cuestión.',
    file_unreadable:
      'No se pudo leer el archivo: se movió, cambió o borró después de elegirlo, o su unidad ya no está. Elíjalo de nuevo.',
    codec_unsupported:
      'El video está codificado de una forma que ni este navegador ni el decodificador incluido saben leer. Conviértalo a MP4 e inténtelo de nuevo.',
    decoder_failed:
      'La lectura del video se detuvo antes de poder juzgar un fotograma. Inténtelo de nuevo o convierta el video a MP4.',
    no_face:
      'No se encontró ningún rostro en los fotogramas examinados. Clearframe solo juzga rostros: use un video, o una copia, en que un rostro se vea más grande.',
    face_too_small:
      'Los rostros son demasiado pequeños: menos de 40 píxeles de ancho en fotogramas de 1920 como máximo. Busque una versión del video en la que se vean más grandes.',
    too_short:
      'Ningún rostro se ve el tiempo suficiente: hace falta alrededor de un segundo. Use un fragmento más largo del video.',
    too_compressed:
      'El video está tan comprimido que se ha perdido el detalle de la imagen. Busque una copia más cercana al origen.',
    too_blurred:
      'Los rostros están demasiado borrosos para juzgarlos. Busque una versión más nítida del video.',
    out_of_memory:
      'El dispositivo se quedó sin memoria. Cierre otras pestañas o programas, o use un dispositivo con más memoria.',
    model_missing:
      'Esta copia de Clearframe se hizo sin detector. En docs/retrain.md se explica cómo añadir uno.',
    model_integrity_failed:
      'Los archivos propios de Clearframe no llegaron o no son los que deberían ser, así que no se usaron. Compruebe la conexión, vuelva a cargar la página e inténtelo de nuevo.',
    cancelled: 'El análisis se canceló. El archivo no se juzgó; para juzgarlo, inicie de nuevo el análisis.',
    stalled:
      'Una parte del propio Clearframe se quedó parada y se detuvo. Eso no dice nada sobre el video. Cierre otros programas o pestañas, compruebe la conexión si aún se estaba cargando e inténtelo de nuevo.',
    internal_error:
      'Algo falló dentro de Clearframe. Vuelva a cargar la página e inténtelo de nuevo; si sigue igual, comuníquelo, por favor.',
  },
  result: {
    facesTitle: 'Lo que se examinó',
    facesNote: 'Momentos de este rostro, tal como los vio la red, cada uno con su tiempo y su puntuación.',
    highestNote: '▲ señala los que más apuntan a una manipulación.',
    crop: (band, highest) => `puntuación ${band}${highest ? ', una de las más altas' : ''}`,
    cropBands: { strong: 'en «fuertes»', some: 'en «algunas»', none: 'por debajo de «algunas»' },
    peopleTitle: 'Las personas de este video',
    peopleGaps: 'Donde una línea es fina, el video no se examinó.',
    outcomeColumn: 'Veredicto',
    peopleNote:
      'Los fragmentos se atribuyen a una persona por su aspecto. Alguien con otra luz, otra ropa o en otro lugar puede contar como dos.',
    person: (letter) => `Persona ${letter}`,
    deciding: 'decide el veredicto',
    from: (start, end) => `de ${start} a ${end}`,
    coverage: {
      title: 'Cuánto se examinó',
      spread: (count, each, whole) =>
        count === 1
          ? `Una parte de ${each}, de un total de ${whole}. Lo que hay fuera de ella no se examinó.`
          : `${count} partes de ${each} cada una, repartidas en ${whole}. Lo que hay entre ellas no se examinó.`,
      only: (from, whole) => `Solo ${from}, de un total de ${whole}.`,
      whole: 'El video entero, de principio a fin.',
      cutOff: (end, whole) =>
        `El archivo está cortado: después de ${end} de ${whole} no hay nada en él que examinar.`,
      halves: {
        'left-half': 'De la imagen se examinó solo la mitad izquierda.',
        'right-half': 'De la imagen se examinó solo la mitad derecha.',
      },
      turned: {
        90: 'Los rostros están de lado: para examinarlos, la imagen se giró un cuarto de vuelta a la derecha.',
        180: 'Los rostros están boca abajo: para examinarlos, la imagen se giró.',
        270: 'Los rostros están de lado: para examinarlos, la imagen se giró un cuarto de vuelta a la izquierda.',
      },
      rate: (perSecond) => `Con una muestra continua de ${perSecond} fotogramas por segundo.`,
      rateInParts: (perSecond) => `En cada parte, ${perSecond} fotogramas por segundo.`,
      every: (frames) => `Todos sus fotogramas: ${frames}.`,
      everyFrame: 'todos los fotogramas',
      lookAtEvery: 'Examinar todos los fotogramas',
      everyNote: (all, before, times) =>
        `${all} fotogramas en vez de ${before}, y unas ${times} veces el tiempo.`,
      furtherDown: 'Más abajo se puede examinar más de este video.',
      choose: 'Otra parte',
      look: 'Examinar esta parte',
      note: 'Examinar más partes descubre más, y hace más probable que alguna se señale por error.',
    },
    chartTitle: 'Señales a lo largo del tiempo',
    chartNote:
      'Cada punto es un fotograma. Cuanto más alto, más se parece a rostros manipulados; las líneas discontinuas marcan dónde empiezan «algunas» y «fuertes». La escala se estira hacia ambos extremos.',
    chartEvery: (every) => `Hay más fotogramas de los que caben: aquí se muestra uno de cada ${every}.`,
    scoreless:
      'No bastó para un veredicto: los puntos son puntuaciones de fotogramas sueltos, y el rostro en conjunto no tiene ninguna.',
    scoreAlone: (score) =>
      `La línea continua es la puntuación del rostro, ${score}. Lo que se miró de seguido es demasiado corto para decir cuánto podría desviarse.`,
    scoreInterval: (score, low, high) =>
      `La línea continua es la puntuación del rostro, ${score}; la banda de ${low} a ${high} es donde podría estar, según cuánto difieren las partes del video (95 %). No incluye lo que la red desconoce.`,
    scoreNarrow: (score, about) =>
      `La línea continua es la puntuación del rostro, ${score}; la banda, en torno a ${about}, es donde podría estar, según cuánto difieren las partes del video (95 %). No incluye lo que la red desconoce.`,
    chartLabel: (frames, low, high) =>
      plural('es', frames, {
        one: `${frames} fotograma, puntuaciones de ${low} a ${high}`,
        other: `${frames} fotogramas, puntuaciones de ${low} a ${high}`,
      }),
    tableTitle: 'Lo mismo en una tabla',
    time: 'Tiempo',
    score: 'Puntuación',
    ownMark: (score) => `puntuación ${score}`,
    strongMark: 'fuertes',
    someMark: 'algunas',
    qualityTitle: 'Lo que debilita este resultado',
    smallFace: (pixels) => `El rostro es pequeño: unos ${pixels} píxeles de ancho.`,
    higherMarks:
      'Los rostros genuinos tan pequeños también puntúan más alto, por eso «algunas» y «fuertes» empiezan más arriba para ellos.',
    fewFrames: (frames) =>
      plural('es', frames, {
        one: `El veredicto se apoya en solo ${frames} fotograma.`,
        other: `El veredicto se apoya en solo ${frames} fotogramas.`,
      }),
    smallPicture: (width, height) =>
      `La imagen es pequeña: ${width} × ${height} píxeles. Los videos genuinos de cámaras web y cámaras antiguas así quedan señalados por error con más frecuencia que otros.`,
    lowBitrate: 'El video está muy comprimido.',
    damagedSomewhere:
      'El decodificador del navegador se detuvo ante un error en el archivo y siguió el incorporado. Si el archivo está dañado, partes de las imágenes pueden ser inventadas.',
    damagedFrames: (damaged, asked) =>
      `El archivo está dañado: ${damaged} de ${asked} fotogramas no se pudieron leer enteros y se dejaron fuera.`,
    limitsTitle: 'Lo que esto no significa',
    limits: [
      'Es una estimación de una sola red, no una prueba. A veces se equivoca, en ambos sentidos.',
      'Solo se juzgaron los rostros: no la voz, ni la escena, ni lo que se dice, ni quién es.',
      'Las escenas generadas por completo y los tipos de manipulación que la red nunca ha visto pueden pasar inadvertidos.',
    ],
    runTitle: 'Lo que se ejecutó',
    printed: (date) => `Analizado con Clearframe, en el dispositivo de la propia persona, el ${date}.`,
    again: 'Analizar otro video',
    addAgain: 'Añadir el archivo de nuevo',
    scoreOf: (score, some, strong) => `${score}; «algunas» empieza en ${some}, «fuertes» en ${strong}`,
    facts: {
      checkedAt: 'Analizado el',
      score: 'Puntuación',
      file: 'Huella del archivo (SHA-256)',
      size: 'Tamaño del archivo',
      video: 'Imagen y códec',
      model: 'Detector usado',
      modelHash: 'Huella del detector',
      backend: 'Calculado en',
      decoder: 'Decodificado con',
      sampling: 'Fotogramas examinados',
      damaged: 'Fotogramas dañados, dejados fuera',
      part: 'Parte examinada',
      fallbacks: 'Hubo que prescindir de',
      time: 'Tiempo empleado',
      version: 'Clearframe',
      appHash: 'Huella de Clearframe',
    },
    backends: {
      webgpu: 'procesador gráfico (WebGPU)',
      wasm: 'procesador principal (WebAssembly)',
      cpu: 'procesador principal (JavaScript, lento)',
    },
    kernels: { relaxed: 'instrucciones más nuevas', simd: 'instrucciones comunes' },
    decoders: {
      webcodecs: 'el decodificador del propio navegador',
      ffmpeg: 'el decodificador incluido (ffmpeg)',
    },
    givenUp: {
      noGpu: 'el procesador gráfico, porque este navegador o dispositivo no cede ninguno a la página',
      gpu: 'el procesador gráfico, porque no aceptó el trabajo, se perdió o no respondió',
      wasm: 'la forma rápida de calcular en el procesador principal',
      clock: 'el reloj propio de la transmisión, porque da saltos: a sus imágenes se les dio uno uniforme',
      evenClock:
        'un reloj uniforme para la transmisión, cuyo reloj da saltos: puede que partes de ella no se hayan examinado',
      browserDecoder: 'el decodificador del navegador, porque no pudo leer el video hasta el final',
      loading: 'la carga del detector, porque no llegó nada más',
      detector: 'el detector, porque dejó de responder',
      search: 'la búsqueda de rostros, porque dejó de responder',
    },
    threads: (count) => plural('es', count, { one: `${count} hilo`, other: `${count} hilos` }),
    frames: (decoded, withFace) => `${decoded}, de ellos ${withFace} con un rostro`,
    none: 'nada',
    unknown: 'no se sabe',
  },
  sent: {
    title: (bytes) => `Enviado desde que eligió este archivo: ${bytes}`,
    requests: (count) =>
      plural('es', count, {
        one: `La página y sus procesos han hecho ${count} petición:`,
        other:
          count === 0
            ? `La página y sus procesos no han pedido nada (${count} peticiones).`
            : `La página y sus procesos han hecho ${count} peticiones:`,
      }),
    notCountedTitle: 'Peticiones de esta página: no se contaron esta vez',
    notCounted:
      'Quien cuenta es el «service worker», y aún no funcionaba cuando eligió este archivo, o este navegador no lo permite aquí. Vuelva a cargar la página y elija el archivo otra vez. La política de la página prohíbe de todos modos las conexiones con cualquier otro lugar.',
    unreadable: 'No se pudo leer el tamaño de una petición. Está en la lista.',
    how: [
      'Cuenta el «service worker» de Clearframe. Ve todas las peticiones HTTP de esta página, de sus procesos y de otras páginas abiertas de Clearframe. Cuenta lo que lleva una petición: su contenido, una consulta en su dirección, y la dirección entera si conduce a otro lugar.',
      'No se cuentan la dirección de una petición a este mismo lugar, que en cambio figura arriba en la lista; las cabeceras técnicas de una petición; ni los archivos que el «service worker» carga y comprueba él mismo. No ve conexiones WebSocket ni WebRTC; el programa no abre ninguna.',
    ],
  },
  moment: {
    label: (time) => `El video en ${time}, con el rostro enmarcado`,
    caption: (time) => `El video en ${time}. El rostro enmarcado es el que se juzgó.`,
    captionUnjudged: (time) =>
      `El video en ${time}. El rostro enmarcado es el que se examinó; no bastó para un veredicto.`,
    decoding: 'Obteniendo la imagen del video…',
    notPlayable:
      'Este navegador no puede reproducir este video, así que no puede mostrarse el momento en él. Los rostros de abajo se leyeron con el decodificador incluido.',
    slider: 'Momento que se muestra',
    sliderValue: (time, score) => `${time}, puntuación ${score}`,
  },
  map: {
    show: 'Mostrar dónde reaccionó la red',
    hide: 'Ocultarlo',
    computing: 'Calculando…',
    failed: 'No se pudo calcular. Vuelva a cargar la página y analice otra vez el video.',
    caption: (time) => `Lo que movió la puntuación del rostro en ${time}`,
    for: 'hacia manipulado',
    against: 'en sentido contrario',
    nothing: 'Nada en esta imagen movió la puntuación.',
    table: 'La parte de cada zona en todo lo que movió la puntuación',
    shareFor: (share) => `${share} hacia`,
    shareAgainst: (share) => `${share} en contra`,
    columns: ['izquierda de la imagen', 'centro', 'derecha de la imagen'],
    rows: ['frente y ojos', 'nariz y mejillas', 'boca y mentón'],
    note: (side) =>
      `La última capa de la red ve ${side} × ${side} casillas, así que esto es aproximado. Muestra lo que pesó en la puntuación, no dónde se editó un video, y no demuestra nada.`,
  },
  passOn: {
    title: 'Compartir el resultado',
    notYet: 'En cuanto se haya calculado la huella del archivo, que tarda más si el archivo es grande:',
    noFingerprint:
      'El análisis se detuvo antes de calcular la huella del archivo. Sin ella nadie puede saber si su video es el que se analizó, así que no hay enlace. Para tenerlo, analice el archivo una vez más.',
    withName: 'Incluir el nombre del archivo en lo que se comparte',
    copy: 'Copiar enlace',
    copied: 'El enlace está copiado.',
    byHand: 'Copie el enlace de aquí:',
    label: 'Enlace a este resultado',
    note: (characters) =>
      `${characters} caracteres. Contiene este resultado y la huella del video, no el video. Quien tenga el mismo video puede comprobarlo.`,
    qr: 'Código QR',
    qrLabel: 'Código QR de un enlace a este resultado',
    qrNote: 'Para la cámara de otro dispositivo. Contiene el veredicto y la huella del video, no el video.',
    onlyHere:
      'Esta copia de Clearframe funciona solo en este dispositivo. En otro, el enlace y el código no abren nada, salvo que Clearframe funcione allí en la misma dirección. El registro (JSON) se abre en cualquier Clearframe.',
    qrTooMany: 'Este resultado tiene más rostros de los que caben en un código QR. Copie el enlace.',
    unnamed: 'No contiene el nombre del archivo.',
    share: 'Compartir',
    shareTitle: 'Un análisis de Clearframe',
    save: 'Registro (JSON)',
    print: 'Imprimir o PDF',
    picture: 'Imagen',
    printedTitle: 'Comprobar este informe',
    printedNote:
      'Esto es una afirmación del navegador de alguien. El código y el enlace la contienen, con la huella del video. Quien lo abra y tenga el mismo video puede repetir el análisis en su propio dispositivo.',
    printedLink: 'Abrir este resultado en Clearframe',
    printedOnlyHere:
      'Esta copia de Clearframe funciona solo en el dispositivo que hizo este informe. En otro, el enlace no abre nada: pida el registro (JSON), que se abre en cualquier Clearframe.',
    cardNote: 'Es una estimación, no una prueba.',
    cardFile: (sha256) => `SHA-256 del archivo: ${sha256}`,
    cardModel: (model) => `Detector: ${model}`,
  },
  claim: {
    kicker: 'Una afirmación del navegador de alguien',
    title: (outcome) => `Dice: «${outcome}»`,
    named: 'El nombre del archivo, según la afirmación:',
    warning:
      'Cualquiera puede hacer un enlace o archivo así, también uno falso. Con el mismo video se puede comprobar: este dispositivo lo ejecuta todo de nuevo y dice si coincide.',
    madeOn: (date) => `Dice que el análisis se hizo el ${date}.`,
    reason: 'El motivo, según la afirmación:',
    choose: 'Analizar el mismo video',
    drop: 'o suéltelo en esta página',
    leave: 'Analizar otro video en su lugar',
    back: 'Volver a la afirmación',
    chartTitle: 'Señales a lo largo del tiempo, según la afirmación',
    coverageTitle: 'Cuánto se examinó, según la afirmación',
    runTitle: 'Lo que se ejecutó, según la afirmación',
  },
  refused: {
    newer: () =>
      'Esto lo hizo una versión de Clearframe más nueva que esta. Acepte la versión nueva cuando esta página la ofrezca, o recargue la página, y ábralo de nuevo. Si no llega ninguna, puede que al dispositivo le falte espacio para ella: libere algo.',
    link_damaged: () => 'El enlace está dañado o cortado. Pídalo de nuevo.',
    link_too_long: () => 'El enlace es demasiado largo para contener un veredicto. Pídalo de nuevo.',
    file_too_large: () =>
      'El archivo es demasiado grande para ser el registro de un análisis. Elija el que guardó Clearframe.',
    not_json: () =>
      'Esto no es el registro de un análisis: el archivo está dañado o contiene otra cosa. Pídalo de nuevo.',
    not_a_record: () => 'Esto no es el registro de un análisis de Clearframe. Elija el que se guardó allí.',
    field_invalid: (field) =>
      `El registro está dañado o se cambió, así que no se abrió: «${field}» falta o es incorrecto. Pídalo de nuevo.`,
  },
  comparison: {
    repeated: {
      title: 'Repetido',
      text: 'Es el mismo archivo, y este dispositivo llegó al mismo veredicto que la afirmación.',
    },
    differs: {
      title: 'No repetido',
      text: 'Es el mismo archivo, pero este dispositivo llegó a un resultado distinto del de la afirmación. Confíe más en lo que ve aquí que en la afirmación.',
    },
    'another-file': {
      title: 'Otro archivo',
      text: 'Este no es el archivo del que habla la afirmación, así que no dice nada sobre ella. Las copias cortadas, convertidas o enviadas por mensajería son otros archivos.',
    },
    'another-look': {
      title: 'Examinado de otra manera',
      text: 'Es el mismo archivo, pero la afirmación y el análisis de aquí lo examinaron de maneras distintas: otra parte, otra mitad, o todos los fotogramas en lugar de algunos. Por eso no se comparan. Un archivo que se elige en la página de la afirmación se examina como ella dice.',
    },
    'not-compared': {
      title: 'Sin comparar',
      text: 'El análisis de aquí o el de la afirmación no llegó a su fin, o falta la huella del archivo. Esto ni confirma la afirmación ni habla en su contra.',
    },
    listed: 'Lo que no fue igual',
    claimed: 'Según la afirmación',
    here: 'En este dispositivo',
    sampling: (perSecond, most) => `${perSecond} fotogramas por segundo, ${most} como máximo`,
    regions: { 'left-half': 'solo la mitad izquierda', 'right-half': 'solo la mitad derecha' },
    differences: {
      app: 'la versión de Clearframe',
      model: 'el detector',
      sampling: 'los momentos examinados',
      decoder: 'el decodificador',
      backend: 'lo que calculó la red',
      outcome: 'el veredicto',
      reasons: 'el motivo',
      score: 'la puntuación',
    },
  },
  credentials: {
    title: 'Content Credentials (C2PA)',
    about:
      'Lo que el propio archivo dice de su origen. Se lee en este dispositivo, sin preguntar a nadie; no forma parte del veredicto.',
    looking: 'Buscando credenciales en el archivo…',
    noneMeaning:
      'Eso no dice nada en ningún sentido: la mayoría de los videos no las tienen, y la mayoría de los sitios y mensajerías las quitan.',
    line: {
      title: 'Lo que el archivo dice de sí mismo',
      says: (made) => `Dice cómo se hizo: ${made}.`,
      broken: 'Lleva una declaración sobre su origen que no se sostiene. No se fíe de ella.',
      none: 'Nada: no lleva Content Credentials.',
      unreadable: 'No se pudo leer lo que dice de su origen.',
      trusted: {
        yes: 'Quien firma está en la lista de confianza.',
        no: 'Quien firma no está en la lista de confianza.',
        unchecked: 'No se comprobó quién lo firmó.',
      },
      more: 'Más sobre esto',
    },
    questions: {
      present: '¿Hay credenciales?',
      intact: '¿Corresponden a este archivo?',
      trusted: '¿Es de confianza quien firma?',
    },
    yes: 'Sí.',
    no: 'No.',
    presentMeaning: 'El archivo lleva una declaración firmada sobre sí mismo.',
    intactMeaning: 'La firma es válida, y nada de lo que abarca ha cambiado desde entonces.',
    notIntactMeaning: 'No se fíe de lo que dicen.',
    problems: {
      'content-changed': 'El video se cambió después de firmarse.',
      'statement-changed': 'Una parte de la declaración falta o se cambió después de firmarse.',
      'signature-invalid': 'La firma no pertenece a la declaración.',
      'certificate-invalid': 'El certificado de quien firma no es válido para esto.',
      'timestamp-invalid': 'El sello de tiempo no es válido.',
      'ingredient-invalid': 'Las credenciales de algo de lo que se hizo no son válidas.',
      other: 'Falló una comprobación.',
    },
    trusted: {
      yes: {
        answer: 'Sí.',
        meaning: 'El certificado de quien firma lleva a uno de la lista de confianza.',
      },
      no: {
        answer: 'No.',
        meaning:
          'El certificado de quien firma no lleva a ninguno de la lista de confianza. Cualquiera puede hacer uno así.',
      },
      unchecked: {
        answer: 'No comprobado.',
        meaning:
          'Esta copia de Clearframe no trae lista de confianza. El nombre de abajo es el que dice el certificado, y cualquiera puede hacer uno con cualquier nombre.',
      },
    },
    unreadable: {
      damaged:
        'El archivo lleva credenciales, pero están dañadas y no se pueden leer. Consiga el archivo de nuevo en su origen.',
      remote:
        'El archivo dice que sus credenciales están en un servidor. Clearframe no pregunta a ningún servidor, así que no se leyeron. El programa o sitio del que procede quizá las muestre.',
      'too-large':
        'El archivo lleva credenciales, pero es demasiado grande para comprobarlas aquí: los límites son 1 GB para el archivo y 64 MB para las credenciales. Compruebe un fragmento más corto, si su autor lo ofrece.',
      'timed-out':
        'El archivo lleva credenciales, pero comprobarlas tardó más de dos minutos y se detuvo. Inténtelo de nuevo cuando el dispositivo esté menos ocupado.',
      'reader-unavailable':
        'El archivo lleva credenciales, pero no se pudo cargar lo que las lee. Conéctese una vez a la red y abra de nuevo el resultado.',
      'reader-failed':
        'El archivo lleva credenciales, pero su lectura se detuvo a medias: el dispositivo se quedó sin memoria o están dañadas. Cierre otras pestañas o programas y abra de nuevo el resultado.',
      'file-unreadable': 'El archivo ya no se pudo leer. Si se movió o se cambió, elíjalo de nuevo.',
      cancelled: 'La lectura de las credenciales se canceló.',
    },
    saysTitle: 'Lo que dicen',
    saysUnprovenTitle: 'Lo que dicen, sin prueba',
    facts: {
      signer: 'Firmado en nombre de',
      sources: 'Cómo se hizo',
      earlierSources: 'Cómo se hicieron sus fuentes',
      actions: 'Qué se le hizo',
      ingredients: 'Hecho a partir de',
      generator: 'Firmado con',
      signedAt: 'Firmado el',
    },
    source: (type) => SOURCES.get(type) ?? type,
    action: (name) => ACTIONS.get(name) ?? name,
    ingredients: (count) =>
      plural('es', count, { one: `${count} archivo más`, other: `${count} archivos más` }),
    time: (moment) => `${moment} UTC, según su sello de tiempo`,
    noTime: 'sin sello de tiempo',
    limits:
      'Las credenciales muestran quién firmó qué declaración, no si es cierta ni qué muestra el video. Una declaración puede callar cosas.',
  },
  queue: {
    title: 'Archivos',
    waiting: 'en espera',
    interrupted: 'sin analizar: se salió de la página. Añada de nuevo el archivo.',
    percent: (percent) => `en análisis, ${percent}`,
    summary: (done, all) => `${done} de ${all} analizados`,
    count: (outcome, files) => `${outcome}: ${files}`,
    progress: 'Archivos analizados',
    pause: 'Pausar después de este archivo',
    resume: 'Continuar',
    paused: 'En pausa',
    table: 'Guardar como tabla (CSV)',
    deleteAll: 'Borrar todo',
    deleteSure: 'Esto borra de este dispositivo todos los resultados, también los de visitas anteriores.',
    deleteYes: 'Sí, borrar',
    deleteNo: 'Conservarlos',
    deleted: 'Todos los resultados se borraron de este dispositivo.',
    deleteFailed:
      'No se pudo borrar aquí y sigue guardado. Para borrarlo, elimine los datos de este sitio en la configuración del navegador.',
    nothingKept:
      'La lista ya está vacía. Este navegador no deja que Clearframe guarde nada aquí, así que no había nada más que borrar.',
    cancel: 'Cancelar',
    retry: 'Reintentar',
    remove: 'Quitar',
    of: (action, name) => `${action}: ${name}`,
    kept: 'Los resultados, con pequeñas imágenes de los rostros, se quedan en este navegador, en este dispositivo, hasta que se borren; en una ventana privada, hasta que se cierre. Los videos mismos no se guardan nunca.',
    notKept:
      'Este navegador no pudo guardar todos los resultados: su almacenamiento está lleno o bloqueado. Lo que no guardó se pierde al cerrar la página. Guarde lo que necesite.',
    earlier: (count) =>
      plural('es', count, {
        one: `En este dispositivo se guarda ${count} entrada de una visita anterior.`,
        other: `En este dispositivo se guardan ${count} entradas de visitas anteriores.`,
      }),
    showEarlier: 'Mostrar',
    leftOut: (count) =>
      plural('es', count, {
        one: `${count} archivo de la carpeta no es un video y se dejó fuera.`,
        other: `${count} archivos de la carpeta no son videos y se dejaron fuera.`,
      }),
    cutOff:
      'La carpeta contiene más archivos de los que se pueden tomar a la vez; solo se miraron los primeros 5000.',
    unreadable: (count) =>
      plural('es', count, {
        one: `No se pudo leer ${count} archivo o carpeta de su interior, y se dejó fuera.`,
        other: `No se pudieron leer ${count} archivos o carpetas de su interior, y se dejaron fuera.`,
      }),
    noVideos: 'No había ningún video.',
    anotherFile:
      'A juzgar por su nombre, tamaño y fecha, el archivo añadido no es el que se pedía. Se analiza como un archivo aparte.',
    moreRecords: 'De varios registros guardados solo se abre el primero. Añada los demás uno por uno.',
    notAtHand:
      'El video mismo no se guardó, así que no pueden mostrarse sus momentos. Añada de nuevo el mismo archivo para verlos.',
  },
  storage: {
    title: 'En este dispositivo',
    used: (used) =>
      `Clearframe ocupa ${used} de este dispositivo: la aplicación, el detector y los resultados guardados.`,
    unknown: 'Este navegador no dice cuánto se guarda.',
    missing: (size) =>
      `Los videos en formatos comunes se pueden analizar sin red. Para los que este navegador no sabe leer y para las Content Credentials se cargan, cuando hace falta, ${size} más; sin red ya tienen que estar aquí.`,
    fetch: (size) => `Guardarlo para usarlo sin red (${size})`,
    fetching: 'Cargando…',
    failed: 'No se pudo cargar todo: no hay red o falta espacio. Inténtelo de nuevo cuando los haya.',
    complete: 'En este dispositivo está todo lo que cualquier video necesita.',
    persistent: 'El navegador conserva todo esto hasta que usted lo borre.',
    evictable:
      'El navegador puede borrar todo esto si al dispositivo le falta espacio o tras mucho tiempo sin visitas.',
  },
  live: {
    open: 'Analizar en directo una pestaña compartida o la cámara',
    title: 'Análisis en directo',
    intro:
      'Comparta una pestaña o una ventana, o apunte la cámara a una pantalla. Cada rostro, de hasta seis a la vez, recibe un veredicto continuo sobre sus últimos segundos. Las imágenes se juzgan en este dispositivo y se olvidan en el acto: no se graba ni se envía nada.',
    share: 'Compartir una pestaña o ventana',
    camera: 'Usar la cámara',
    back: 'Volver',
    asking: 'El navegador pide permiso.',
    loading: 'Cargando el detector…',
    end: 'Terminar el análisis en directo',
    endKey: 'o pulse Escape.',
    endKeyScreen: 'o pulse Escape. Desde otra pestaña, use el «Dejar de compartir» del navegador.',
    waiting: 'Esperando la primera imagen…',
    preview: 'Lo que se está analizando',
    person: (letter) => `Persona ${letter}`,
    inBox: (letter, outcome) => `Persona ${letter}: ${outcome}`,
    noOne: 'No se ve ningún rostro.',
    outOfView: 'fuera de la vista',
    basis: (frames, most) =>
      frames < most
        ? `Se apoya por ahora en ${frames} de ${most} imágenes.`
        : `Se apoya en las últimas ${most} imágenes.`,
    reasons: {
      too_short: 'Aún no se ha visto el tiempo suficiente.',
      face_too_small: 'El rostro es demasiado pequeño: menos de 40 píxeles de ancho. Agrándelo o acérquese.',
      too_blurred:
        'El rostro está demasiado borroso. Mantenga quieta la cámara o elija una imagen más nítida.',
    },
    facts: {
      rate: 'Imágenes juzgadas por segundo',
      rateOf: (rate, wanted) => `${rate} de ${wanted} deseadas`,
      age: 'Antigüedad del veredicto',
      dropped: 'Omitidas por falta de tiempo',
    },
    slow: 'Este dispositivo juzga menos imágenes por segundo que aquellas con las que se entrenó el detector, y eso debilita los veredictos.',
    still:
      'Hace un rato que no llega ninguna imagen nueva. La antigüedad de los veredictos es la que se indica.',
    chart: (low, high) => `Puntuación continua de los últimos segundos, de ${low} a ${high}`,
    chartEmpty: 'Aún no hay puntuación',
    secondsAgo: 'Hace (segundos)',
    chartAxis:
      'Más alto es más parecido a rostros manipulados; las líneas marcan dónde empiezan «algunas» y «fuertes».',
    limitsTitle: 'Lo que el análisis en directo no es',
    limits: [
      'Es más débil que el análisis del archivo. Una pantalla compartida se reescala y se comprime otra vez, y una pantalla filmada mucho más; eso esconde huellas y puede parecerse a ellas.',
      'Los umbrales de los veredictos se fijaron con archivos, no con imágenes en directo.',
      'Un veredicto se apoya en unos pocos segundos y se rehace con cada imagen. Cuanto más tiempo se mira, más probable es una falsa alarma: no se fíe de una breve.',
      'No es una grabación. Al terminar no queda nada que mostrar ni que compartir. Si puede conseguir el archivo, analice el archivo.',
    ],
    ended: 'El análisis en directo ha terminado. No se guardó nada.',
    sourceEnded:
      'Terminó lo que se compartía o filmaba y, con ello, el análisis en directo. No se guardó nada.',
    failed: {
      out_of_memory:
        'El dispositivo se quedó sin memoria. Cierre otras pestañas o programas y empiece de nuevo.',
    },
    problems: {
      unsupported_camera:
        'Este navegador no puede entregar aquí una cámara a una página. Use un navegador actual y abra la página por https.',
      unsupported_screen:
        'Este navegador no puede compartir una pestaña o ventana con una página; los de los teléfonos por lo general no pueden. Use uno en una computadora, o la cámara.',
      refused_camera:
        'No se permitió la cámara. Permítala para esta página en la barra de direcciones y empiece de nuevo.',
      refused_screen: 'No se compartió nada. Empiece de nuevo y elija una pestaña o una ventana.',
      no_camera: 'No se encontró ninguna cámara. Conecte una y empiece de nuevo.',
      busy: 'La cámara o la ventana no se puede leer ahora; quizá la use otro programa. Ciérrelo y empiece de nuevo.',
      failed: 'El navegador no pudo empezar. Vuelva a cargar la página y empiece de nuevo.',
    },
  },
  language: 'Idioma',
  offline: 'Funciona sin red',
  offlineMostly: 'Funciona sin red con formatos comunes',
  update: {
    text: 'Hay una versión nueva.',
    action: 'Recargar',
    starting: 'La versión nueva empieza en cuanto las otras pestañas tengan cargado lo que necesitan.',
  },
  notSecure:
    'Abra esta página por https: sin https el navegador no da a ninguna página lo que Clearframe necesita.',
  footer: 'Nada de lo que analiza sale de este dispositivo.',
};
