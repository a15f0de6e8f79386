/**
 * What visitors do in the shop, told by two trackers at once: Segment's analytics.js and AWS's clickstream SDK.
 * A site of your own needs one of them.
 */
import { ClickstreamAnalytics } from '@aws/clickstream-web';
import { AnalyticsBrowser } from '@segment/analytics-next';

// analytics.js asks `cdnURL` for its settings, which tell it where to send.
const analytics = AnalyticsBrowser.load({ writeKey: FIRN_WRITE_KEY, cdnURL: FIRN_URL });
ClickstreamAnalytics.init({
  appId: FIRN_WRITE_KEY,
  endpoint: `${FIRN_URL}/collect`,
  isTrackScrollEvents: false,
  isTrackClickEvents: false,
});

const products = {
  'p-1': { name: 'Red shoes', price: 79.5 },
  'p-2': { name: 'Blue shoes', price: 89 },
  'p-3': { name: 'Laces', price: 4.25 },
};

/** Tells both trackers. */
function track(event, properties) {
  ClickstreamAnalytics.record({ name: event.toLowerCase().replaceAll(' ', '_'), attributes: properties });
  return analytics.track(event, properties);
}

function cart() {
  return JSON.parse(sessionStorage.getItem('cart') ?? '[]');
}

const total = () => cart().reduce((sum, id) => sum + products[id].price, 0);

const pageActions = {
  product() {
    const id = new URLSearchParams(location.search).get('id') ?? 'p-1';
    const { name, price } = products[id] ?? products['p-1'];
    document.querySelector('h1').textContent = name;
    document.querySelector('#price').textContent = price.toFixed(2);
    track('Product Viewed', { product_id: id, name, price });
    document.querySelector('#add').addEventListener('click', () => {
      sessionStorage.setItem('cart', JSON.stringify([...cart(), id]));
      track('Product Added', { product_id: id, name, price, quantity: 1 });
      document.querySelector('#added').textContent = `In the cart: ${cart().length}`;
    });
  },
  cart() {
    document.querySelector('#total').textContent = total().toFixed(2);
    document.querySelector('#login').addEventListener('submit', (event) => {
      event.preventDefault();
      const email = document.querySelector('#email').value;
      analytics.identify(email, { email, plan: 'guest' });
      ClickstreamAnalytics.setUserId(email);
      ClickstreamAnalytics.setUserAttributes({ plan: 'guest' });
      document.querySelector('#known').textContent = `Signed in as ${email}`;
    });
    document.querySelector('#buy').addEventListener('click', async () => {
      await track('Order Completed', {
        order_id: `o-${Date.now()}`,
        revenue: total(),
        products: cart().length,
      });
      sessionStorage.removeItem('cart');
      location.href = 'thanks.html';
    });
  },
};

analytics.page(document.title);
pageActions[document.body.dataset.page]?.();
// For the console: try `analytics.track('Hello')`.
window.analytics = analytics;
window.ClickstreamAnalytics = ClickstreamAnalytics;
